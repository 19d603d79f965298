//! Notifications on macOS: the system's notification centre.
//!
//! Not here: focus modes, which are the system's own. Only a bundle has a centre; a bare program is told so.
#![expect(unsafe_code, reason = "a delegate is a class of Objective-C")]

use std::ptr::NonNull;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use block2::{DynBlock, RcBlock};
use objc2::rc::Retained;
use objc2::runtime::{Bool, NSObject, NSObjectProtocol, ProtocolObject};
use objc2::{AnyThread, DefinedClass, define_class, msg_send};
use objc2_foundation::{NSArray, NSBundle, NSError, NSSet, NSString};
use objc2_user_notifications::{
    UNAuthorizationOptions, UNAuthorizationStatus, UNMutableNotificationContent, UNNotification, UNNotificationAction,
    UNNotificationActionOptions, UNNotificationCategory, UNNotificationCategoryOptions,
    UNNotificationDefaultActionIdentifier, UNNotificationDismissActionIdentifier, UNNotificationPresentationOptions,
    UNNotificationRequest, UNNotificationResponse, UNNotificationSettings, UNNotificationSound,
    UNUserNotificationCenter, UNUserNotificationCenterDelegate,
};

use super::{Button, Heard, Notification, Permission};

/// The centre answers from a process of its own; one that hangs must not keep anybody waiting.
const PATIENCE: Duration = Duration::from_secs(5);

type Listener = Arc<dyn Fn(Heard) + Send + Sync>;

struct Ivars {
    heard: Listener,
}

define_class!(
    // SAFETY: NSObject asks nothing of its subclasses, and there is no Drop.
    #[unsafe(super(NSObject))]
    #[name = "PlimsollNotificationDelegate"]
    #[ivars = Ivars]
    struct Delegate;

    // SAFETY: nothing but what NSObject has.
    unsafe impl NSObjectProtocol for Delegate {}

    // SAFETY: the methods have the signatures of UNUserNotificationCenterDelegate.
    unsafe impl UNUserNotificationCenterDelegate for Delegate {
        /// The app is always in front as far as the centre knows, and would otherwise show nothing.
        #[unsafe(method(userNotificationCenter:willPresentNotification:withCompletionHandler:))]
        fn presented(
            &self,
            _centre: &UNUserNotificationCenter,
            _notification: &UNNotification,
            done: &DynBlock<dyn Fn(UNNotificationPresentationOptions)>,
        ) {
            done.call((UNNotificationPresentationOptions::Banner
                | UNNotificationPresentationOptions::List
                | UNNotificationPresentationOptions::Sound,));
        }

        #[unsafe(method(userNotificationCenter:didReceiveNotificationResponse:withCompletionHandler:))]
        fn answered(
            &self,
            _centre: &UNUserNotificationCenter,
            response: &UNNotificationResponse,
            done: &DynBlock<dyn Fn()>,
        ) {
            let id = response.notification().request().identifier().to_string();
            let key = response.actionIdentifier();
            // SAFETY: constants of the framework.
            let (click, dismissal) =
                unsafe { (UNNotificationDefaultActionIdentifier, UNNotificationDismissActionIdentifier) };
            let heard = &self.ivars().heard;
            if &*key == click {
                heard(Heard::Clicked { id });
            } else if &*key != dismissal {
                heard(Heard::Pressed { id, key: key.to_string() });
            }
            done.call(());
        }
    }
);

/// Sends notifications.
pub(crate) struct Notifier {
    centre: Option<Centre>,
}

struct Centre {
    system: Retained<UNUserNotificationCenter>,
    heard: Listener,
    /// The centre does not keep it.
    _delegate: Retained<Delegate>,
    /// Sets of buttons that the centre knows, each by the name of its category.
    categories: Mutex<Vec<(String, Retained<UNNotificationCategory>)>>,
}

// SAFETY: the centre and categories may be used from any thread (UserNotifications, UNUserNotificationCenter.h), and the
// delegate has nothing but a listener that is Send and Sync.
unsafe impl Send for Centre {}
// SAFETY: as above.
unsafe impl Sync for Centre {}

impl Notifier {
    /// At the start of the app: the centre tells of the click that started it only to a delegate that is there by then.
    pub(crate) fn new(heard: impl Fn(Heard) + Send + Sync + 'static) -> Self {
        // Without a bundle asking for the centre ends the program.
        let centre = NSBundle::mainBundle().bundleIdentifier().map(|_| {
            let heard: Listener = Arc::new(heard);
            let delegate = Delegate::alloc().set_ivars(Ivars { heard: Arc::clone(&heard) });
            // SAFETY: NSObject's init takes nothing and gives the object.
            let delegate: Retained<Delegate> = unsafe { msg_send![super(delegate), init] };
            let centre = UNUserNotificationCenter::currentNotificationCenter();
            centre.setDelegate(Some(ProtocolObject::from_ref(&*delegate)));
            Centre { system: centre, heard, _delegate: delegate, categories: Mutex::default() }
        });
        Self { centre }
    }

    fn centre(&self) -> Result<&Centre, String> {
        self.centre.as_ref().ok_or_else(|| "only an app bundle can notify, and this is a bare program".to_owned())
    }

    /// Whether they may be sent, as the system has it.
    pub(crate) fn permission(&self) -> Permission {
        self.centre().and_then(Centre::permission).unwrap_or_else(Permission::Unavailable)
    }

    /// Shows a notification, in place of an earlier one of its name; asks for leave if nobody was asked yet.
    pub(crate) fn send(&self, notification: &Notification) -> Result<(), String> {
        let centre = self.centre()?;
        let request = centre.request(notification);
        if self.permission() == Permission::NotAsked {
            centre.ask_and_show(request);
            return Ok(());
        }
        centre.show(&request)
    }
}

impl Notifier {
    /// Takes back what may still be on the screen.
    pub(crate) fn withdraw(&self) {
        if let Some(centre) = &self.centre {
            centre.system.removeAllDeliveredNotifications();
        }
    }
}

impl Centre {
    fn permission(&self) -> Result<Permission, String> {
        let (told, status) = channel();
        let tell = RcBlock::new(move |settings: NonNull<UNNotificationSettings>| {
            // SAFETY: the centre hands out an object that lives as long as the call.
            let _ = told.send(unsafe { settings.as_ref() }.authorizationStatus());
        });
        self.system.getNotificationSettingsWithCompletionHandler(&tell);
        match status.recv_timeout(PATIENCE) {
            Ok(UNAuthorizationStatus::NotDetermined) => Ok(Permission::NotAsked),
            Ok(UNAuthorizationStatus::Denied) => Ok(Permission::Refused),
            Ok(_) => Ok(Permission::Granted),
            Err(_) => Err("the notification centre does not answer".to_owned()),
        }
    }

    /// Lets the system ask. People take their time, and what is sent before they have agreed is dropped without a word; so
    /// it is shown once they have.
    fn ask_and_show(&self, request: Retained<UNNotificationRequest>) {
        let options = UNAuthorizationOptions::Alert | UNAuthorizationOptions::Sound;
        let (heard, system) = (Arc::clone(&self.heard), self.system.clone());
        let answered = RcBlock::new(move |granted: Bool, _: *mut NSError| {
            log::info!("notifications {}", if granted.as_bool() { "allowed" } else { "refused" });
            if granted.as_bool() {
                system.addNotificationRequest_withCompletionHandler(&request, None);
            } else {
                heard(Heard::Refused);
            }
        });
        self.system.requestAuthorizationWithOptions_completionHandler(options, &answered);
    }

    fn request(&self, notification: &Notification) -> Retained<UNNotificationRequest> {
        let content = UNMutableNotificationContent::new();
        content.setTitle(&NSString::from_str(&notification.title));
        content.setBody(&NSString::from_str(&notification.body));
        content.setCategoryIdentifier(&NSString::from_str(&self.category(&notification.buttons)));
        if notification.urgent {
            content.setSound(Some(&UNNotificationSound::defaultSound()));
        }
        let id = NSString::from_str(&notification.id);
        UNNotificationRequest::requestWithIdentifier_content_trigger(&id, &content, None)
    }

    fn show(&self, request: &UNNotificationRequest) -> Result<(), String> {
        let (told, failure) = channel();
        let tell = RcBlock::new(move |error: *mut NSError| {
            // SAFETY: none, or an object that lives as long as the call.
            let error = unsafe { error.as_ref() }.map(|error| error.localizedDescription().to_string());
            let _ = told.send(error);
        });
        self.system.addNotificationRequest_withCompletionHandler(request, Some(&tell));
        match failure.recv_timeout(PATIENCE) {
            Ok(None) => Ok(()),
            Ok(Some(why)) => Err(why),
            Err(_) => Err("the notification centre does not answer".to_owned()),
        }
    }

    /// The category with these buttons; the centre is told of it if it does not know it.
    fn category(&self, buttons: &[Button]) -> String {
        let name: String = buttons.iter().flat_map(|button| [button.key.as_str(), "=", &button.label, ";"]).collect();
        let mut known = self.categories.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.iter().any(|(category, _)| *category == name) {
            let action = |button: &Button| {
                UNNotificationAction::actionWithIdentifier_title_options(
                    &NSString::from_str(&button.key),
                    &NSString::from_str(&button.label),
                    UNNotificationActionOptions::empty(),
                )
            };
            let category = UNNotificationCategory::categoryWithIdentifier_actions_intentIdentifiers_options(
                &NSString::from_str(&name),
                &NSArray::from_retained_slice(&buttons.iter().map(action).collect::<Vec<_>>()),
                &NSArray::new(),
                UNNotificationCategoryOptions::empty(),
            );
            known.push((name.clone(), category));
            let all: Vec<&UNNotificationCategory> = known.iter().map(|(_, category)| &**category).collect();
            self.system.setNotificationCategories(&NSSet::from_slice(&all));
        }
        name
    }
}
