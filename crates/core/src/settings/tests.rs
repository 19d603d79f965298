//! Settings as people write them, and the file on real disks.

use std::fs;

use jiff::Timestamp;

use super::*;
use crate::adapters::UnixDisk;

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).expect("in range")
}

#[test]
fn valid_settings_are_read() {
    let text = "# mine\nlimit = \"12 GB\"\nreserve = 8000000000\ninterval_seconds = 60\n";
    let (limit, interval) = (Some(Bytes::giga(12)), Some(Duration::from_mins(1)));
    assert_eq!(Settings::parse(text), Ok(Settings { limit, reserve: Bytes::giga(8), interval, ..Settings::default() }));
    assert_eq!(Settings::parse(""), Ok(Settings::default()));
    assert_eq!(Settings::default().reserve, Bytes::giga(5));
}

#[test]
fn sizes_are_read_as_they_are_shown() {
    let cases = [
        ("12 GB", Some(12_000_000_000)),
        ("10 GiB", Some(10_737_418_240)),
        ("1.5tb", Some(1_500_000_000_000)),
        (" 0.25 kB ", Some(250)),
        ("7 b", Some(7)),
        ("12", None),
        ("GB", None),
        ("-1 GB", None),
        ("+1 GB", None),
        ("1e3 GB", None),
        ("1.2.3 GB", None),
        ("1,5 GB", None),
        ("12 GBs", None),
        ("nan GB", None),
        ("99999999999999999999999999999999999999999 TB", None),
        ("1.99999999999999999999999999999999999999999 TB", None),
    ];
    for (words, bytes) in cases {
        assert_eq!(words_to_bytes(words), bytes.map(Bytes), "{words}");
    }
    for size in [Bytes(999), Bytes::mega(1), Bytes::giga(5), Bytes(10_700_000_000)] {
        assert_eq!(words_to_bytes(&size.to_string()), Some(size));
    }
}

#[test]
fn what_is_not_valid_is_named_with_its_line() {
    let cases = [
        ("limit = \"twelve\"", "read line 1: `limit` must be a size, such as \"12 GB\", or a number of bytes"),
        ("\nreserve = true", "read line 2: `reserve` must be a size, such as \"12 GB\", or a number of bytes"),
        ("reserve = 1.5", "read line 1: `reserve` must be a size, such as \"12 GB\", or a number of bytes"),
        ("limit = 12", "read line 1: `limit` must be from 1 GB to 16 TB"),
        ("limit = -12", "read line 1: `limit` must be from 1 GB to 16 TB"),
        ("reserve = \"500 TB\"", "read line 1: `reserve` must be from 0 B to 16 TB"),
        ("\n\ninterval_seconds = 1", "read line 3: `interval_seconds` must be from 5 to 21600"),
        ("interval_seconds = -60", "read line 1: `interval_seconds` must be from 5 to 21600"),
        ("interval_seconds = \"soon\"", "read line 1: `interval_seconds` must be a whole number of seconds"),
        (
            "limit = \"9 GB\"\n  colour = 1",
            "read line 2: there is no setting `colour`; there are limit, reserve, interval_seconds, icon, title, language, shortcut, ignored, roots, check_for_updates, notifications, alert_notice, alert_notice_percent, alert_warning, alert_critical, alert_burst, arm_idle_seconds, automatic_level, automatic_idle_seconds, automatic_week_budget, automatic_quiet_hours, automatic_on_battery",
        ),
        ("[limit]\nmost = 1", "read line 1: `limit` must be a size, such as \"12 GB\", or a number of bytes"),
    ];
    for (text, wanted) in cases {
        let error = Settings::parse(text).map_or_else(|error| error.to_string(), |_| String::new());
        assert_eq!(error, wanted, "{text}");
    }
}

#[test]
fn what_is_not_toml_is_told_by_line() {
    for (text, wanted) in [("reserve = 1\nlimit = [", 2), ("limit = 1\nlimit = 2", 2), ("limit", 1)] {
        let line = match Settings::parse(text) {
            Err(SettingsError::Syntax { line, message }) => {
                assert!(!message.is_empty() && !message.contains('\n'), "{message:?}");
                line
            }
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(line, wanted, "{text}");
    }
}

#[test]
fn without_a_file_the_defaults_hold() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(load_or_set_aside(folder.path(), now()), (Settings::default(), None));
    assert_eq!(load_or_set_aside(&folder.path().join("absent"), now()), (Settings::default(), None));
}

#[test]
fn a_good_file_is_read_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("settings.toml");
    fs::write(&file, "reserve = \"7 GB\"").expect("write");
    let (settings, bad) = load_or_set_aside(folder.path(), now());
    assert_eq!((settings.reserve, bad), (Bytes::giga(7), None));
    assert_eq!(fs::read_to_string(&file).expect("read"), "reserve = \"7 GB\"");
}

#[test]
fn bad_files_are_all_kept_even_within_one_second() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("settings.toml");
    let texts: [&[u8]; 3] = [b"limit = 1", b"colour = 1", b"\xff\xfe"];
    let names = ["settings.toml.bad-1790000000", "settings.toml.bad-1790000000.2", "settings.toml.bad-1790000000.3"];
    for (text, name) in texts.into_iter().zip(names) {
        fs::write(&file, text).expect("write");
        let (settings, bad) = load_or_set_aside(folder.path(), now());
        let bad = bad.expect("reported");
        assert_eq!(settings, Settings::default());
        assert_eq!(bad.kept, folder.path().join(name));
        assert!(bad.sentence.contains(name) && bad.sentence.ends_with('.'), "{}", bad.sentence);
        assert!(!file.exists());
    }
    for (text, name) in texts.into_iter().zip(names) {
        assert_eq!(fs::read(folder.path().join(name)).expect("kept"), text);
    }
}

#[test]
fn what_cannot_be_read_stays_where_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("settings.toml");
    fs::create_dir(&file).expect("in the way");
    let (settings, bad) = load_or_set_aside(folder.path(), now());
    let bad = bad.expect("reported");
    assert_eq!((settings, &bad.kept), (Settings::default(), &file));
    assert!(bad.sentence.contains("not a regular file"), "{}", bad.sentence);
    fs::remove_dir(&file).expect("remove");
    fs::write(&file, vec![b'#'; 70_000]).expect("write");
    let (_, bad) = load_or_set_aside(folder.path(), now());
    assert!(bad.expect("reported").sentence.contains("longer than"));
    assert!(file.exists());
}

#[test]
fn choices_of_the_app_are_read() {
    let text =
        "icon = \"wide\"\ntitle = \"free\"\nlanguage = \"de\"\nshortcut = \"Ctrl+Alt+P\"\nignored = [\"/a b\"]\n";
    let settings = Settings::parse(text).expect("valid");
    assert_eq!((settings.icon, settings.title), (IconStyle::Wide, TitleText::Free));
    assert_eq!((settings.language, settings.shortcut.as_deref()), (Some(Language::German), Some("Ctrl+Alt+P")));
    assert_eq!(settings.ignored, [PathBuf::from("/a b")]);
    for (text, said) in [
        ("icon = \"round\"", "read line 1: `icon` must be one of \"gauge\", \"wide\""),
        ("title = 1", "read line 1: `title` must be one of \"none\", \"allocated\", \"free\""),
        ("language = \"fr\"", "read line 1: `language` must be one of \"en\", \"de\""),
        ("notifications = 1", "read line 1: `notifications` must be true or false"),
        ("alert_notice_percent = \"10 %\"", "read line 1: `alert_notice_percent` must be a whole number"),
        ("alert_notice_percent = 51", "read line 1: `alert_notice_percent` must be from 0 to 50"),
        (
            "alert_critical = \"low\"",
            "read line 1: `alert_critical` must be a size, such as \"12 GB\", or a number of bytes",
        ),
        (
            "automatic_level = \"reset\"",
            "read line 1: `automatic_level` must be one of \"none\", \"compact\", \"rebuild\"",
        ),
        ("automatic_idle_seconds = 5", "read line 1: `automatic_idle_seconds` must be from 10 to 86400"),
        (
            "automatic_quiet_hours = \"night\"",
            "read line 1: `automatic_quiet_hours` must be from one time of the day to another, such as \"22:00-07:00\"",
        ),
        ("shortcut = true", "read line 1: `shortcut` must be a text, such as \"Ctrl+Alt+P\""),
        (
            "ignored = [\"here\"]",
            "read line 1: `ignored` must be a list of whole paths, such as [\"/folder/claudevm.bundle\"]",
        ),
    ] {
        assert_eq!(Settings::parse(text).expect_err(text).to_string(), said);
    }
}

#[test]
fn what_was_chosen_is_read_back_and_what_a_person_wrote_stays() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("settings.toml");
    let mut wanted = Settings {
        limit: Some(Bytes(12_345_678_901)),
        reserve: Bytes::giga(8),
        interval: Some(Duration::from_mins(1)),
        icon: IconStyle::Wide,
        title: TitleText::Allocated,
        language: Some(Language::German),
        shortcut: Some("Ctrl+Alt+P".to_owned()),
        ignored: vec!["/with \"quotes\" and\nlines".into()],
        roots: vec!["/elsewhere/Claude".into()],
        check_for_updates: true,
        notifications: false,
        alerts: Limits {
            notice: Bytes::giga(30),
            notice_percent: 5,
            warning: Bytes::ZERO,
            critical: Bytes(4_999_999_999),
            burst: Bytes::giga(2),
        },
        arm_idle: Duration::from_mins(15),
        automatic: Automatic {
            most: crate::policy::Most::Rebuild,
            idle: Duration::from_mins(30),
            week_budget: Bytes::giga(44),
            quiet: crate::policy::Hours::parse("22:00-07:00"),
            on_battery: true,
        },
    };
    save(&UnixDisk, dir.path(), &wanted, now()).expect("save");
    assert_eq!(load_or_set_aside(dir.path(), now()), (wanted.clone(), None));

    let mine = "# mine\nreserve = \"8 GB\" # for the weekend\n";
    fs::write(&file, mine).expect("write");
    wanted = Settings { reserve: Bytes::giga(8), limit: Some(Bytes::giga(20)), ..Settings::default() };
    save(&UnixDisk, dir.path(), &wanted, now()).expect("save");
    assert_eq!(fs::read_to_string(&file).expect("read"), format!("{mine}limit = \"20 GB\"\n"));
    wanted.limit = None;
    save(&UnixDisk, dir.path(), &wanted, now()).expect("save");
    assert_eq!(fs::read_to_string(&file).expect("read"), mine);
    assert_eq!(fs::read_dir(dir.path()).expect("list").count(), 1, "nothing else is left there");
}

#[test]
fn a_bad_file_is_kept_when_settings_are_saved_and_a_link_stays_a_link() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("settings.toml");
    fs::write(&file, b"# caf\xe9").expect("write");
    let earlier = now() - jiff::SignedDuration::from_secs(1);
    save(&UnixDisk, dir.path(), &Settings::default(), earlier).expect("save");
    let kept = dir.path().join(format!("settings.toml.bad-{}", earlier.as_second()));
    assert_eq!(fs::read(kept).expect("read"), b"# caf\xe9", "not text, and kept all the same");

    fs::write(&file, "limit = maybe").expect("write");
    save(&UnixDisk, dir.path(), &Settings { interval: Some(SHORTEST), ..Settings::default() }, now()).expect("save");
    let kept = dir.path().join(format!("settings.toml.bad-{}", now().as_second()));
    assert_eq!(fs::read_to_string(kept).expect("read"), "limit = maybe");
    assert_eq!(fs::read_to_string(&file).expect("read"), "interval_seconds = 5\n");

    let elsewhere = tempfile::tempdir().expect("a folder");
    let target = elsewhere.path().join("mine.toml");
    fs::rename(&file, &target).and_then(|()| std::os::unix::fs::symlink(&target, &file)).expect("link");
    save(&UnixDisk, dir.path(), &Settings { icon: IconStyle::Wide, ..Settings::default() }, now()).expect("save");
    assert!(fs::symlink_metadata(&file).expect("stat").is_symlink());
    assert_eq!(fs::read_to_string(&target).expect("read"), "icon = \"wide\"\n");
    fs::remove_file(&file).and_then(|()| fs::create_dir(&file)).expect("a folder in its place");
    assert!(save(&UnixDisk, dir.path(), &Settings::default(), now()).is_err());
}
