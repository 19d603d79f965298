//! What the user chooses: the settings as a form, saving them, and folders to look in.
//!
//! Not here: what they do, and any rule about a choice (`plimsoll_core::settings`, `plimsoll_core::panel::form`).

use std::path::Path;

use plimsoll_core::bundle;
use plimsoll_core::notice;
use plimsoll_core::panel::form::{self, FieldError, Form, FormView, Known};
use plimsoll_core::panel::{Note, bundle_id};
use plimsoll_core::settings::{self, Settings};

use super::Worker;

impl Worker<'_> {
    pub(super) fn known(&self) -> Known {
        let roots = &self.monitor.all_bundles();
        roots.iter().map(|(path, name)| (bundle_id(&path.to_string_lossy()), (path.clone(), name.clone()))).collect()
    }

    /// People change the file by hand as well.
    pub(super) fn read_settings(&mut self) {
        let (settings, bad) = settings::load_or_set_aside(&self.outside.state, self.yard.clock.now());
        if let Some(bad) = bad {
            log::warn!("{}", bad.sentence);
            self.bad_settings = Some(Note { sentence: bad.sentence, hint: self.words().text("app-settings-hint") });
        }
        self.monitor.adopt(settings);
    }

    pub(super) fn form_view(&self, form: Form, errors: Vec<FieldError>) -> FormView {
        form::form_view(form, errors, &self.known(), self.outside.state.display().to_string(), self.words())
    }

    /// Looks in a folder that somebody has chosen, from now on.
    pub(super) fn add_root(&mut self, chosen: &Path) -> Result<(), Note> {
        let Some(root) = bundle::root_meant(self.outside.disk, chosen) else {
            let path = notice::visible(&chosen.display().to_string());
            return Err(Note {
                sentence: self.words().say("closed-not-a-root", &[("path", &path)]),
                hint: String::new(),
            });
        };
        let mut settings = self.monitor.settings().clone();
        if !settings.roots.contains(&root) {
            settings.roots.push(root);
            self.keep_settings(settings)?;
        }
        Ok(())
    }

    fn keep_settings(&mut self, settings: Settings) -> Result<(), Note> {
        let now = self.yard.clock.now();
        if let Err(error) = settings::save(self.outside.disk, &self.outside.state, &settings, now) {
            log::warn!("failed to save the settings: {error}");
            let sentence = self.words().say("app-save-failed", &[("why", &error)]);
            return Err(Note { sentence, hint: self.words().text("app-save-failed-hint") });
        }
        self.bad_settings = None;
        self.monitor.adopt(settings);
        Ok(())
    }

    /// The form as it stands afterwards, and whether it was taken.
    pub(super) fn save(&mut self, form: Form, mut wrong: Vec<FieldError>) -> (Result<FormView, Note>, bool) {
        let before = self.monitor.settings().clone();
        let settings = match form.settings(&before, &self.known(), self.words()) {
            Ok(settings) if wrong.is_empty() => settings,
            answer => {
                wrong.extend(answer.err().unwrap_or_default());
                return (Ok(self.form_view(form, wrong)), false);
            }
        };
        if let Err(note) = self.keep_settings(settings) {
            return (Err(note), false);
        }
        let shown = Form::of(self.monitor.settings(), &self.known(), form.login, self.words());
        let view = self.form_view(shown, Vec::new());
        (Ok(FormView { saved: Some(self.words().text("set-saved")), ..view }), true)
    }
}
