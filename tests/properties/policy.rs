//! What is done by itself never goes beyond what was switched on or said, in whatever situation.

use std::time::Duration;

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use plimsoll_core::bytes::Bytes;
use plimsoll_core::policy::{Act, Armed, Automatic, Choice, Done, Hours, Loss, Most, Situation, decide};
use plimsoll_core::reclaim::Level;
use plimsoll_core::reclaim::plan::Action;
use plimsoll_core::reclaim::report::Why;
use plimsoll_core::vm::Liveness;
use proptest::prelude::*;

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).expect("a time")
}

fn loss() -> impl Strategy<Value = Loss> {
    let names = proptest::sample::subsequence(vec!["rootfs.img", ".rootfs.img.origin", "sessiondata.img"], 0..=3);
    (names, 0_u64..3, 0_u64..2).prop_map(|(names, written, download)| Loss {
        taken: names.into_iter().map(|name| (Action::Remove, name.to_owned())).collect(),
        written: Bytes::giga(written * 10),
        download: Bytes::giga(download),
    })
}

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    let one = |level: Level| {
        let lossless = matches!(level, Level::Leftovers | Level::Compact);
        (0_u64..12, loss(), any::<bool>()).prop_map(move |(expected, loss, refused)| Choice {
            level,
            expected: Bytes::giga(expected),
            loss: if lossless { Loss::default() } else { loss },
            refused,
        })
    };
    (one(Level::Leftovers), one(Level::Compact), one(Level::Rebuild), one(Level::Reset))
        .prop_map(|(a, b, c, d)| vec![a, b, c, d])
}

fn armed() -> impl Strategy<Value = Option<Armed>> {
    let level = proptest::sample::select(Level::ALL.to_vec());
    let one = (level, loss(), 10_u64..600, -48_i64..24 * 20).prop_map(|(level, said, idle, age)| Armed {
        bundle: "/b".to_owned(),
        level,
        said,
        idle: Duration::from_secs(idle),
        at: now() - SignedDuration::from_hours(age),
    });
    proptest::option::of(one)
}

fn automatic() -> impl Strategy<Value = Automatic> {
    let most = proptest::sample::select(vec![Most::Nothing, Most::Compact, Most::Rebuild]);
    (most, 10_u64..900, 0_u64..40, any::<bool>(), any::<bool>()).prop_map(|(most, idle, budget, night, on_battery)| {
        Automatic {
            most,
            idle: Duration::from_secs(idle),
            week_budget: Bytes::giga(budget),
            quiet: if night { Hours::parse("22:00-07:00") } else { None },
            on_battery,
        }
    })
}

#[derive(Clone, Debug)]
struct Case {
    vm: Liveness,
    quiet: Option<u64>,
    on_battery: Option<bool>,
    hour: i8,
    allocated: u64,
    limit: Option<u64>,
    free: Option<u64>,
    options: Vec<Choice>,
    armed: Option<Armed>,
    automatic: Automatic,
    done: Vec<(i64, u64)>,
    asked: Option<i64>,
}

fn case() -> impl Strategy<Value = Case> {
    let vm = proptest::sample::select(vec![Liveness::Stopped, Liveness::Stopped, Liveness::Running, Liveness::Unknown]);
    let facts = (vm, proptest::option::of(0_u64..1_200), proptest::option::of(any::<bool>()), 0_i8..24);
    let sizes = (0_u64..25, proptest::option::of(1_u64..25), proptest::option::of(0_u64..30));
    let past = (proptest::collection::vec((0_i64..400, 0_u64..12), 0..4), proptest::option::of(0_i64..60));
    (facts, sizes, choices(), armed(), automatic(), past).prop_map(|(facts, sizes, options, armed, automatic, past)| {
        let ((vm, quiet, on_battery, hour), (allocated, limit, free), (done, asked)) = (facts, sizes, past);
        Case { vm, quiet, on_battery, hour, allocated, limit, free, options, armed, automatic, done, asked }
    })
}

fn ask(case: &Case) -> Act {
    let done: Vec<Done> = case
        .done
        .iter()
        .map(|(hours, written)| Done { at: now() - SignedDuration::from_hours(*hours), written: Bytes::giga(*written) })
        .collect();
    decide(&Situation {
        now: now(),
        time: Time::constant(case.hour, 30, 0, 0),
        vm: case.vm,
        quiet_for: case.quiet.map(Duration::from_secs),
        on_battery: case.on_battery,
        allocated: Bytes::giga(case.allocated),
        limit: case.limit.map(Bytes::giga),
        free: case.free.map(Bytes::giga),
        reserve: Bytes::giga(5),
        options: &case.options,
        armed: case.armed.as_ref(),
        automatic: &case.automatic,
        done: &done,
        asked: case.asked.map(|hours| now() - SignedDuration::from_hours(hours)),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_policy_goes_beyond_what_was_switched_on(case in case()) {
        if let Act::Reclaim(level, why) = ask(&case) {
            if why == Why::Armed {
                prop_assert_eq!(case.armed.as_ref().map(|armed| armed.level), Some(level));
            } else {
                prop_assert!(case.armed.is_none(), "what is armed waits alone");
                prop_assert!(case.automatic.most.allows(level) && level != Level::Reset);
            }
        }
    }

    /// The level, the files, what is written and downloaded: no more than was said, and for two weeks.
    #[test]
    fn arming_never_outlives_its_agreement(case in case()) {
        if let (Act::Reclaim(level, Why::Armed), Some(armed)) = (ask(&case), &case.armed) {
            let option = case.options.iter().find(|option| option.level == level).expect("an option");
            prop_assert!(option.loss.taken.is_subset(&armed.said.taken));
            prop_assert!(option.loss.written <= armed.said.written && option.loss.download <= armed.said.download);
            let age = now().duration_since(armed.at);
            prop_assert!(age < SignedDuration::from_hours(14 * 24) && age >= SignedDuration::from_hours(-1));
        }
    }

    #[test]
    fn nothing_is_done_but_in_quiet_on_power_and_with_everything_known(case in case()) {
        if let Act::Reclaim(level, why) = ask(&case) {
            prop_assert_eq!(case.vm, Liveness::Stopped);
            let idle = if why == Why::Armed { case.armed.as_ref().map(|it| it.idle) } else { Some(case.automatic.idle) };
            prop_assert!(case.quiet.map(Duration::from_secs) >= idle);
            prop_assert!(case.on_battery != Some(true) || (why != Why::Armed && case.automatic.on_battery));
            let option = case.options.iter().find(|option| option.level == level).expect("an option");
            prop_assert!(!option.refused && option.expected > Bytes::ZERO);
        }
    }

    #[test]
    fn limits_act_once_a_day_within_the_budget_and_not_at_night(case in case()) {
        if let Act::Reclaim(level, why) = ask(&case) && why.is_automatic() {
            prop_assert!(case.done.iter().all(|(hours, _)| *hours >= 24));
            let spent: u64 = case.done.iter().filter(|(hours, _)| *hours < 24 * 7).map(|(_, written)| written).sum();
            let option = case.options.iter().find(|option| option.level == level).expect("an option");
            prop_assert!(Bytes::giga(spent).plus(option.loss.written) <= case.automatic.week_budget);
            prop_assert!(case.automatic.quiet.is_none() || (7..22).contains(&case.hour));
            let over = case.limit.is_some_and(|limit| case.allocated > limit);
            prop_assert!(over || case.free.is_some_and(|free| free < 5));
        }
        if let Act::Ask(level, _) = ask(&case) {
            prop_assert!(level != Level::Reset && case.asked.is_none_or(|hours| hours >= 24));
        }
    }

    /// More life never turns waiting into doing.
    #[test]
    fn a_running_vm_only_ever_takes_acts_away(mut case in case()) {
        let before = ask(&case);
        case.vm = Liveness::Running;
        let after = ask(&case);
        prop_assert!(!matches!(after, Act::Reclaim(..) | Act::Ask(..)), "{before:?} {after:?}");
    }
}
