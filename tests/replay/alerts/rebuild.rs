//! Stories of the next start after a reclaim: a VM that does not come back.

use jiff::SignedDuration;
use plimsoll_core::alert::{Aftermath, Partial};
use plimsoll_core::bytes::Bytes;
use plimsoll_core::vm::Liveness;

use super::world::{World, play};

fn tell(expected: &str, told: &str) {
    let trimmed: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(told.trim_end(), trimmed.join("\n"), "\n{told}");
}

/// Takes the system image, or compacts it.
fn reclaim(world: &mut World, rebuilds: bool) {
    world.happens(if rebuilds { "a rebuild is done" } else { "the system disk is compacted" });
    if rebuilds {
        (world.system, world.inode) = (0.0, 0);
    }
    let (freed, free_before) = (Bytes::giga(6), Bytes::giga(54));
    let (receipt, at) = ("1".to_owned(), world.now() - SignedDuration::from_secs(1));
    let (free_after, suspects) = (free_before.plus(freed), Vec::new());
    world.reclaims = vec![Aftermath { receipt, at, freed, free_before, free_after, rebuilds, suspects }];
}

/// anthropics/claude-code#26743 and #69709: it waits for a download that there is not, with room enough.
#[test]
fn an_app_that_began_and_writes_nothing_is_told_after_half_an_hour() {
    let told = play(World::with_free(60.0), 4, |world| {
        if world.reaches(24.0) {
            reclaim(world, true);
        }
        if world.reaches(33.0) {
            world.happens("Claude is opened, for something else");
            world.app = true;
        }
        if world.reaches(40.0) {
            world.happens("its log says that it starts the VM");
            world.begun = Some(world.now());
        }
        if world.reaches(47.0) {
            world.restarts();
        }
        if world.reaches(58.0) {
            world.happens("Claude is started again and makes it");
        }
        if world.within(58.0, 58.25) {
            (world.inode, world.vm) = (8, Liveness::Running);
            world.system = (world.system + 0.72).min(10.7);
        }
    });
    let expected = "
        1. Tue 00:00  · a rebuild is done
        1. Tue 09:00  · Claude is opened, for something else
        1. Tue 16:00  · its log says that it starts the VM
        1. Tue 16:30  warning: Claude cannot make its VM again. Claude began with it after the reclaim; since today, 16:00 nothing was written.
        1. Tue 23:00  · Plimsoll restarts
        1. Wed 10:00  · Claude is started again and makes it
    ";
    tell(expected, &told);
}

/// anthropics/claude-code#64883, after a reclaim: told as what came of it, and not as a loop as well.
#[test]
fn a_rebuild_that_does_not_last_is_told_at_the_third_time() {
    let told = play(World::with_free(60.0), 3, |world| {
        if world.reaches(24.0) {
            reclaim(world, true);
        }
        if world.reaches(30.0) {
            world.happens("Claude starts");
            (world.app, world.vm, world.begun) = (true, Liveness::Running, Some(world.now()));
        }
        let round = (world.minute - 30 * 60) / 40;
        if world.within(30.0, 34.0) {
            if (world.minute - 30 * 60) % 40 == 0 {
                (world.system, world.inode) = (0.1, 100 + u64::try_from(round).unwrap_or(0));
            }
            world.system = (world.system + 0.72).min(10.7);
        }
        if world.reaches(34.0) {
            world.happens("Claude is quit");
            (world.app, world.vm) = (false, Liveness::Stopped);
        }
    });
    let expected = "
        1. Tue 00:00  · a rebuild is done
        1. Tue 06:00  · Claude starts
        1. Tue 07:20  warning: Claude cannot make its VM again. After the reclaim its system disk was made again and again since today, 06:00.
        1. Tue 10:00  · Claude is quit
    ";
    tell(expected, &told);
}

/// anthropics/claude-code#93385: starts that fail, and an app that does not repair again.
#[test]
fn starts_that_fail_are_told_after_ten_minutes_unless_the_vm_runs_by_then() {
    let told = play(World::with_free(60.0), 4, |world| {
        if world.reaches(24.0) {
            reclaim(world, false);
        }
        if world.reaches(33.0) {
            world.happens("a start fails, and the next one does not");
            (world.app, world.begun, world.prevented) = (true, Some(world.now()), Some(world.now()));
        }
        if world.minute == 33 * 60 + 4 {
            world.vm = Liveness::Running;
        }
        if world.reaches(36.0) {
            world.happens("Claude is quit");
            (world.app, world.vm) = (false, Liveness::Stopped);
        }
        if world.reaches(57.0) {
            world.happens("every start fails");
            world.app = true;
        }
        if world.within(57.0, 57.5) {
            world.prevented = Some(world.now());
        }
        if world.reaches(62.0) {
            world.happens("one goes well");
            world.vm = Liveness::Running;
        }
    });
    let expected = "
        1. Tue 00:00  · the system disk is compacted
        1. Tue 09:00  · a start fails, and the next one does not
        1. Tue 12:00  · Claude is quit
        1. Wed 09:00  · every start fails
        1. Wed 09:45  warning: Claude’s VM does not start. Claude’s log tells of failed starts after the reclaim, since today, 09:29; the VM was not seen to run after them.
        1. Wed 14:00  · one goes well
    ";
    tell(expected, &told);
}

/// anthropics/claude-code#93238: a download that is left half-way and never taken up again.
#[test]
fn a_download_left_half_way_after_a_reclaim_is_told_once() {
    let told = play(World::with_free(60.0), 3, |world| {
        if world.reaches(24.0) {
            reclaim(world, true);
        }
        if world.reaches(33.0) {
            world.happens("Claude starts a download");
            (world.app, world.begun) = (true, Some(world.now()));
        }
        if world.within(33.0, 33.25) {
            let (name, modified) = (".wvm-tmp-a1".to_owned(), world.now());
            world.partials = vec![Partial { name, modified, allocated: Bytes::mega(400) }];
        }
        if world.reaches(33.5) {
            world.happens("Claude is quit");
            world.app = false;
        }
    });
    let expected = "
        1. Tue 00:00  · a rebuild is done
        1. Tue 09:00  · Claude starts a download
        1. Tue 09:30  · Claude is quit
        1. Tue 10:15  warning: Claude cannot make its VM again. After the reclaim its download has not got on since today, 09:14, and there is no system disk.
    ";
    tell(expected, &told);
}
