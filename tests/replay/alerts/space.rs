//! Stories of space: what fills a disk, how fast, and what of it is the bundle's.

use jiff::SignedDuration;
use plimsoll_core::alert::delivery::Permission;
use plimsoll_core::alert::{Aftermath, Snooze, Suspect};
use plimsoll_core::bytes::Bytes;
use plimsoll_core::cadence::Attention;
use plimsoll_core::vm::Liveness;

use super::world::{World, play};

fn tell(expected: &str, told: &str) {
    let trimmed: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(told.trim_end(), trimmed.join("\n"), "\n{told}");
}

/// 11 GB written at once are no news to anybody who has just installed Claude.
#[test]
fn a_fresh_install_is_silent() {
    let mut world = World::with_free(60.0);
    (world.system, world.session, world.inode, world.release) = (0.0, 0.0, 0, 0);
    let told = play(world, 3, |world| {
        if world.reaches(9.0) {
            world.happens("Claude is installed and makes its VM");
            (world.app, world.release) = (true, 1);
        }
        if world.within(9.1, 9.35) {
            (world.inode, world.vm) = (7, Liveness::Running);
            world.system = (world.system + 0.72).min(10.7);
        }
        if world.within(9.5, 18.0) {
            world.write(0.000_1);
        }
        if world.reaches(18.0) {
            (world.app, world.vm) = (false, Liveness::Stopped);
        }
    });
    let expected = "
        1. Mon 09:00  · Claude is installed and makes its VM
    ";
    tell(expected, &told);
}

/// anthropics/claude-code#65577: 10 GB written in one day.
#[test]
fn ten_gigabytes_in_a_day_are_told_step_by_step() {
    let told = play(World::with_free(22.0), 4, |world| {
        if world.reaches(48.0 + 9.0) {
            world.happens("Claude works all day");
            (world.app, world.vm) = (true, Liveness::Running);
        }
        if world.within(48.0 + 9.0, 48.0 + 21.0) {
            world.write(10.0 / 12.0 / 60.0);
            world.other += 4.0 / 12.0 / 60.0;
        }
        if world.reaches(48.0 + 21.0) {
            world.happens("Claude is quit");
            (world.app, world.vm) = (false, Liveness::Stopped);
        }
    });
    let expected = "
        1. Wed 09:00  · Claude works all day
        1. Wed 10:42  notice: Disk space is getting short. 20.0 GB free on the main disk. Since today, 09:15 1.7 GB went: 1.2 GB to Claude’s VM, 483.3 MB to something else.
        1. Wed 12:00  warning: The disk may be full within a day. At this rate only what is to stay free is left on the main disk by today, 23:33, at the earliest. Since today, 09:35 2.8 GB went: 2.0 GB to Claude’s VM, 805.6 MB to something else.
        1. Wed 19:17  warning: Disk space is short. 10.0 GB free on the main disk. Since today, 11:02 9.6 GB went: 6.9 GB to Claude’s VM, 2.8 GB to something else.
        1. Wed 21:00  · Claude is quit
    ";
    tell(expected, &told);
}

/// Free space goes up and down over the level of a notice, by more and by less than the band.
#[test]
fn a_sawtooth_rings_once_for_each_real_crossing_and_not_twice_a_day() {
    let told = play(World::with_free(30.0), 4, |world| {
        // The first two days by 1 GB around 20 GB, every two hours; then by 8 GB, every eight.
        let target = if world.minute < 2 * 24 * 60 {
            if (world.hour() / 2) % 2 == 0 { 20.5 } else { 19.5 }
        } else if (world.hour() / 4) % 2 == 0 {
            26.0
        } else {
            18.0
        };
        world.other += world.free() - target;
    });
    let expected = "
        1. Mon 02:00  notice: Disk space is getting short. 19.5 GB free on the main disk. Since today, 01:00 1 GB went, nearly none of it to Claude’s VM.
        1. Wed 04:00  notice: Disk space is getting short. 18 GB free on the main disk. Since today, 03:00 8 GB went, nearly none of it to Claude’s VM.
        1. Thu 04:00  notice: Disk space is getting short. 18 GB free on the main disk. Since today, 03:00 8 GB went, nearly none of it to Claude’s VM.
    ";
    tell(expected, &told);
}

#[test]
fn a_disk_filled_by_something_else_is_not_blamed_on_the_vm() {
    let told = play(World::with_free(60.0), 3, |world| {
        if world.reaches(34.0) {
            world.happens("a film is downloaded");
        }
        if world.within(34.0, 36.0) {
            world.other += 48.0 / 120.0;
        }
        if world.reaches(60.0) {
            world.happens("the film is deleted");
            world.other -= 48.0;
        }
    });
    let expected = "
        1. Tue 10:00  · a film is downloaded
        1. Tue 11:39  notice: Disk space is getting short. 20.0 GB free on the main disk. Since today, 10:15 33.6 GB went, nearly none of it to Claude’s VM.
        1. Wed 12:00  · the film is deleted
    ";
    tell(expected, &told);
}

#[test]
fn a_slow_leak_is_told_at_each_level_days_apart() {
    let told = play(World::with_free(22.0), 10, |world| {
        let day = world.minute / (24 * 60);
        world.vm = if world.within(day as f64 * 24.0 + 9.0, day as f64 * 24.0 + 17.0) {
            Liveness::Running
        } else {
            Liveness::Stopped
        };
        world.app = world.vm == Liveness::Running;
        if world.app {
            world.write(0.7 / 8.0 / 60.0);
            world.other += 0.7 / 8.0 / 60.0;
        }
    });
    let expected = "
        1. Tue 12:25  notice: Disk space is getting short. 20.0 GB free on the main disk. Since 6 Oct, 11:15 1.6 GB went: 802.1 MB to Claude’s VM, 802.1 MB to something else.
        2. Tue 13:35  warning: Disk space is short. 10.0 GB free on the main disk. Since 8 Oct, 16:45 7.8 GB went: 3.9 GB to Claude’s VM, 3.9 GB to something else.
    ";
    tell(expected, &told);
}

#[test]
fn a_full_disk_is_told_once_through_restarts_and_again_when_it_fills_anew() {
    let told = play(World::with_free(40.0), 4, |world| {
        if world.reaches(10.0) {
            world.happens("something fills the disk at once");
            world.other += world.free();
        }
        if world.reaches(11.0) || world.reaches(12.5) || world.reaches(30.0) {
            world.restarts();
        }
        if world.reaches(50.0) {
            world.happens("40 GB are freed");
            world.other -= 40.0;
        }
        if world.reaches(70.0) {
            world.happens("and filled again");
            world.other += world.free();
        }
    });
    let expected = "
        1. Mon 10:00  · something fills the disk at once
        1. Mon 10:00  critical: The disk is almost full. 0 B free on the main disk. Since today, 09:00 40 GB went, nearly none of it to Claude’s VM.
        1. Mon 11:00  · Plimsoll restarts
        1. Mon 12:30  · Plimsoll restarts
        1. Tue 06:00  · Plimsoll restarts
        1. Wed 02:00  · 40 GB are freed
        1. Wed 22:00  · and filled again
        1. Wed 22:00  critical: The disk is almost full. 0 B free on the main disk. Since today, 21:00 40 GB went, nearly none of it to Claude’s VM.
    ";
    tell(expected, &told);
}

#[test]
fn a_snooze_holds_for_its_time_and_not_against_what_is_worse() {
    let told = play(World::with_free(40.0), 4, |world| {
        if world.reaches(10.0) {
            world.happens("free space falls to 14 GB");
            world.other += world.free() - 14.0;
        }
        if world.reaches(10.5) {
            world.snooze(Snooze::Hour);
        }
        if world.reaches(12.0) {
            world.snooze(Snooze::Today);
        }
        if world.reaches(25.0) {
            world.snooze(Snooze::UntilChange);
        }
        if world.reaches(40.0) {
            world.happens("free space falls to 9 GB");
            world.other += world.free() - 9.0;
        }
        if world.reaches(40.5) {
            world.snooze(Snooze::Today);
        }
        if world.reaches(44.0) {
            world.happens("free space falls to 3 GB");
            world.other += world.free() - 3.0;
        }
    });
    let expected = "
        1. Mon 10:00  · free space falls to 14 GB
        1. Mon 10:00  notice: Disk space is getting short. 14 GB free on the main disk. Since today, 09:00 26 GB went, nearly none of it to Claude’s VM.
        1. Mon 10:30  · snoozed: Hour
        1. Mon 11:30  notice: Disk space is getting short. 14 GB free on the main disk. Since today, 09:00 26 GB went, nearly none of it to Claude’s VM.
        1. Mon 12:00  · snoozed: Today
        1. Tue 00:00  notice: Disk space is getting short. 14 GB free on the main disk. Since 6 Oct, 09:00 26 GB went, nearly none of it to Claude’s VM.
        1. Tue 01:00  · snoozed: UntilChange
        1. Tue 16:00  · free space falls to 9 GB
        1. Tue 16:00  warning: Disk space is short. 9 GB free on the main disk. Since 6 Oct, 09:00 31 GB went, nearly none of it to Claude’s VM.
        1. Tue 16:30  · snoozed: Today
        1. Tue 20:00  · free space falls to 3 GB
        1. Tue 20:00  critical: The disk is almost full. 3 GB free on the main disk. Since 6 Oct, 09:00 37 GB went, nearly none of it to Claude’s VM.
    ";
    tell(expected, &told);
}

/// What cannot be sent stands on the icon, and nothing is said twice when notifications come back.
#[test]
fn notifications_that_are_refused_leave_it_to_the_icon() {
    let mut world = World::with_free(40.0);
    world.permission = Permission::Refused;
    let told = play(world, 3, |world| {
        if world.reaches(10.0) {
            world.happens("free space falls to 9 GB");
            world.other += world.free() - 9.0;
        }
        if world.reaches(14.0) {
            world.happens("notifications are allowed");
            world.permission = Permission::Granted;
        }
        if world.reaches(20.0) {
            world.happens("the panel is opened");
            world.looks = Attention::PanelOpen;
        }
        if world.reaches(20.2) {
            world.happens("free space falls to 4 GB before the user's eyes");
            world.other += world.free() - 4.0;
        }
        if world.reaches(20.5) {
            world.looks = Attention::Away;
        }
    });
    let expected = "
        1. Mon 10:00  · free space falls to 9 GB
        1. Mon 10:00  warning: Disk space is short. 9 GB free on the main disk. Since today, 09:00 31 GB went, nearly none of it to Claude’s VM. [Refused]
        1. Mon 14:00  · notifications are allowed
        1. Mon 20:00  · the panel is opened
        1. Mon 20:12  · free space falls to 4 GB before the user's eyes
        1. Mon 20:12  critical: The disk is almost full. 4 GB free on the main disk. Since today, 09:00 36 GB went, nearly none of it to Claude’s VM. [PanelIsOpen]
    ";
    tell(expected, &told);
}

#[test]
fn sleep_and_a_clock_that_is_set_say_nothing_twice() {
    let told = play(World::with_free(40.0), 5, |world| {
        let asleep = world.within(23.0, 31.0) || world.within(47.0, 55.0);
        if asleep != world.asleep {
            world.happens(if asleep { "the lid is closed" } else { "the lid is opened" });
            world.asleep = asleep;
        }
        if world.reaches(22.0) {
            world.happens("free space falls to 9 GB");
            world.other += world.free() - 9.0;
        }
        if world.reaches(60.0) {
            world.happens("the clock is set a year ahead");
            world.clock = SignedDuration::from_hours(365 * 24);
        }
        if world.reaches(62.0) {
            world.happens("and back");
            world.clock = SignedDuration::ZERO;
        }
        if world.reaches(80.0) {
            world.happens("free space falls to 4 GB");
            world.other += world.free() - 4.0;
        }
    });
    let expected = "
        1. Mon 22:00  · free space falls to 9 GB
        1. Mon 22:00  warning: Disk space is short. 9 GB free on the main disk. Since today, 21:00 31 GB went, nearly none of it to Claude’s VM.
        1. Mon 23:00  · the lid is closed
        1. Tue 07:00  · the lid is opened
        1. Tue 23:00  · the lid is closed
        1. Wed 07:00  · the lid is opened
        1. Wed 12:00  · the clock is set a year ahead
        1. Thu 14:00  · and back
        1. Thu 08:00  · free space falls to 4 GB
        1. Thu 08:00  critical: The disk is almost full. 4 GB free on the main disk. Since 6 Oct, 21:00 36 GB went, nearly none of it to Claude’s VM.
    ";
    tell(expected, &told);
}

/// A rebuild gives 6 GB back, of which something takes as much; so much is free right after.
fn reclaim(world: &mut World, free_after: Bytes, suspects: Vec<Suspect>) {
    let (receipt, at, rebuilds) = ("1".to_owned(), world.now(), true);
    let (freed, free_before) = (Bytes::giga(6), Bytes::giga(40));
    world.other += world.system;
    (world.system, world.inode) = (0.0, 0);
    world.reclaims.insert(0, Aftermath { receipt, at, freed, free_before, free_after, rebuilds, suspects });
}

#[test]
fn space_that_does_not_come_back_is_told_with_who_holds_it() {
    let told = play(World::with_free(40.0), 4, |world| {
        if world.reaches(10.0) {
            world.happens("a rebuild is reclaimed; a backup still reads the image");
            let suspects = vec![Suspect::Holder { name: "backupd".to_owned(), pid: Some(512) }];
            reclaim(world, Bytes::giga(40), suspects);
        }
        if world.reaches(13.0) {
            world.happens("the backup ends");
            world.other -= 6.0;
        }
    });
    let expected = "
        1. Mon 10:00  · a rebuild is reclaimed; a backup still reads the image
        1. Mon 10:15  notice: Space did not come back. 6 GB were given back, and the disk has 0 B of it. backupd (pid 512) still has a removed file open. The space comes when it ends.
        1. Mon 13:00  · the backup ends
    ";
    tell(expected, &told);
}

#[test]
fn space_that_came_back_and_was_taken_before_anybody_looked_is_not_missed() {
    let told = play(World::with_free(40.0), 4, |world| {
        if world.reaches(10.0) {
            world.happens("a rebuild is reclaimed, and a download takes as much at once");
            reclaim(world, Bytes::giga(46), Vec::new());
        }
    });
    tell("1. Mon 10:00  · a rebuild is reclaimed, and a download takes as much at once", &told);
}
