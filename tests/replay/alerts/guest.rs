//! Stories of the VM: growth, rebuilds, orphans, a guest that is full.

use jiff::SignedDuration;
use plimsoll_core::alert::{Guest, Partial};
use plimsoll_core::bytes::Bytes;
use plimsoll_core::vm::Liveness;

use super::world::{World, play};

fn tell(expected: &str, told: &str) {
    let trimmed: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(told.trim_end(), trimmed.join("\n"), "\n{told}");
}

/// A new release replaces the source and the system image: 12 GB move, and none of it is growth.
#[test]
fn an_image_update_is_silent() {
    let told = play(World::with_free(60.0), 3, |world| {
        if world.reaches(33.0) {
            world.happens("Claude updates its VM");
            (world.app, world.release, world.system, world.inode) = (true, 2, 0.1, 8);
        }
        if world.within(33.0, 33.25) {
            world.vm = Liveness::Running;
            world.system = (world.system + 0.72).min(10.7);
        }
    });
    let expected = "
        1. Tue 09:00  · Claude updates its VM
    ";
    tell(expected, &told);
}

/// anthropics/claude-code#64883: missing right after it was made, again and again.
#[test]
fn a_rebuild_loop_is_told_at_the_third_time() {
    let told = play(World::with_free(60.0), 3, |world| {
        if world.reaches(30.0) {
            world.happens("Claude starts");
            (world.app, world.vm) = (true, Liveness::Running);
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
        1. Tue 06:00  · Claude starts
        1. Tue 07:20  warning: Claude makes its VM again and again. The system disk was made 3 times since today, 06:00; 22.2 GB were written for it.
        1. Tue 10:00  · Claude is quit
    ";
    tell(expected, &told);
}

/// anthropics/claude-code#92714: the VM outlives the app.
#[test]
fn an_orphan_is_told_after_ten_minutes_and_a_restart_is_not() {
    let told = play(World::with_free(60.0), 3, |world| {
        if world.reaches(9.0) {
            (world.app, world.vm) = (true, Liveness::Running);
        }
        if world.reaches(12.0) {
            world.happens("Claude is updated and starts again within four minutes");
            world.app = false;
        }
        if world.minute == 12 * 60 + 4 {
            world.app = true;
        }
        if world.reaches(20.0) {
            world.happens("Claude crashes, its VM goes on");
            world.app = false;
        }
        if world.reaches(40.0) {
            world.happens("the VM ends");
            world.vm = Liveness::Stopped;
        }
    });
    let expected = "
        1. Mon 12:00  · Claude is updated and starts again within four minutes
        1. Mon 20:00  · Claude crashes, its VM goes on
        1. Mon 20:10  notice: Claude’s VM runs without Claude. Since today, 20:00. It holds its disks, so that nothing can be reclaimed.
        1. Tue 16:00  · the VM ends
    ";
    tell(expected, &told);
}

/// anthropics/claude-code#92158: growth while nobody is there.
#[test]
fn a_burst_while_nobody_looks_is_told_once_a_day() {
    let told = play(World::with_free(90.0), 4, |world| {
        let night = world.within(26.0, 30.0) || world.within(36.0, 38.0) || world.within(60.0, 62.0);
        if world.reaches(26.0) || world.reaches(36.0) || world.reaches(60.0) {
            world.happens("a scheduled task writes 1.5 GB an hour");
        }
        world.vm = if night { Liveness::Running } else { Liveness::Stopped };
        world.app = night;
        if night {
            world.write(1.5 / 60.0);
        }
    });
    let expected = "
        1. Tue 02:00  · a scheduled task writes 1.5 GB an hour
        1. Tue 02:40  notice: Claude’s VM grew by 1.0 GB within an hour. Nobody had Plimsoll open. Claude, since today, 01:40.
        1. Tue 12:00  · a scheduled task writes 1.5 GB an hour
        1. Wed 12:00  · a scheduled task writes 1.5 GB an hour
        1. Wed 12:41  notice: Claude’s VM grew by 1.0 GB within an hour. Nobody had Plimsoll open. Claude, since today, 11:41.
    ";
    tell(expected, &told);
}

/// anthropics/claude-code#30751: the guest is full long before the disk.
#[test]
fn a_guest_that_fills_up_is_told_before_sessions_fail() {
    let mut world = World::with_free(120.0);
    world.session = 10.737;
    let told = play(world, 5, |world| {
        let total = Bytes(10_464_022_528);
        if world.reaches(24.0) {
            world.happens("the session disk has taken its full size");
            world.guest = Some(Guest::Touched { allocated: Bytes(10_737_000_000), logical: Bytes(10_737_418_240) });
        }
        if world.reaches(48.0) {
            world.happens("its file system is read: 3 GB are free");
            world.guest = Some(Guest::Read { free: Bytes::giga(3), total });
        }
        if world.reaches(72.0) {
            world.happens("900 MB are free");
            world.guest = Some(Guest::Read { free: Bytes::mega(900), total });
        }
        if world.reaches(84.0) {
            world.happens("300 MB are free");
            world.guest = Some(Guest::Read { free: Bytes::mega(300), total });
        }
    });
    let expected = "
        1. Tue 00:00  · the session disk has taken its full size
        1. Tue 00:00  notice: Claude’s VM is filling up from inside. Its session disk has 10.7 GB of 10.7 GB and cannot grow any more. How much of that is in use shows when the VM has stopped and this panel is opened.
        1. Wed 00:00  · its file system is read: 3 GB are free
        1. Thu 00:00  · 900 MB are free
        1. Thu 00:00  notice: Claude’s VM is filling up from inside. 900 MB of 10.5 GB are free on its session disk. With less than about 500 MB no session starts.
        1. Thu 12:00  · 300 MB are free
        1. Thu 12:00  warning: No room left inside Claude’s VM. 300 MB of 10.5 GB are free on its session disk. With less than about 500 MB no session starts.
    ";
    tell(expected, &told);
}

#[test]
fn a_download_that_stops_half_way_is_told_after_an_hour() {
    let told = play(World::with_free(60.0), 2, |world| {
        if world.reaches(9.0) {
            world.happens("a download begins");
            world.app = true;
        }
        if world.within(9.0, 9.5) {
            let (name, modified) = ("rootfs.img.zst.partial".to_owned(), world.now());
            world.partials = vec![Partial { name, modified, allocated: Bytes::mega(900) }];
            world.other += 0.03;
        }
        if world.reaches(14.0) {
            world.happens("Claude is started again and finishes it");
            world.partials.clear();
        }
    });
    let expected = "
        1. Mon 09:00  · a download begins
        1. Mon 10:30  notice: Claude’s download does not get on. rootfs.img.zst.partial has not grown since today, 09:29. It takes 900 MB.
        1. Mon 14:00  · Claude is started again and finishes it
    ";
    tell(expected, &told);
}

#[test]
fn a_reclaim_and_the_rebuild_after_it_are_no_loop_and_no_burst() {
    let told = play(World::with_free(60.0), 4, |world| {
        for day in [1.0, 2.0, 3.0] {
            if world.reaches(day * 24.0) {
                let (freed, free_before) = (Bytes::giga(10), Bytes::giga(50));
                (world.system, world.inode) = (0.0, 0);
                let (receipt, at) = (format!("{day}"), world.now() - SignedDuration::from_secs(1));
                let (free_after, suspects) = (free_before.plus(freed), Vec::new());
                let done = plimsoll_core::alert::Aftermath {
                    receipt,
                    at,
                    freed,
                    free_before,
                    free_after,
                    rebuilds: true,
                    suspects,
                };
                world.reclaims.insert(0, done);
            }
            if world.within(day * 24.0 + 1.0, day * 24.0 + 1.25) {
                (world.inode, world.vm, world.app) = (10 + world.reclaims.len() as u64, Liveness::Running, true);
                world.system = (world.system + 0.72).min(10.7);
            }
            if world.reaches(day * 24.0 + 8.0) {
                (world.vm, world.app) = (Liveness::Stopped, false);
            }
        }
    });
    tell("", &told);
}
