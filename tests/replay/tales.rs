//! Histories made from numbers that users have reported, each simulated to its end, so that the truth is known.
//!
//! Not here: any forecast. All is deterministic; noise comes from a generator with a fixed seed.

use jiff::{SignedDuration, Timestamp};
use plimsoll_core::bytes::Bytes;
use plimsoll_core::sample::{GuestFree, Sample};
use plimsoll_core::vm::Liveness;

/// Bytes to stay free.
pub(crate) const RESERVE: Bytes = Bytes::giga(5);

/// Logical size of either image.
pub(crate) const LOGICAL: u64 = 10_737_418_240;

/// Days simulated.
const DAYS: f64 = 120.0;

/// A sample, and a tick of the simulation, every ten minutes.
const PER_HOUR: u32 = 6;

/// One history, the instants at which to forecast, and how it ends.
pub(crate) struct Tale {
    /// What happens.
    pub(crate) name: &'static str,
    /// When to forecast.
    pub(crate) instants: Vec<Timestamp>,
    /// True time and sample, which may bear another time, in order of measuring.
    measured: Vec<(Timestamp, Sample)>,
    full: Option<Timestamp>,
}

impl Tale {
    /// Days until only the reserve is left, if that comes.
    pub(crate) fn days_left(&self, now: Timestamp) -> Option<f64> {
        self.full.map(|full| crate::days(now, full))
    }

    /// What was measured until `now`, in order of measuring.
    pub(crate) fn measured_until(&self, now: Timestamp) -> impl Iterator<Item = &Sample> {
        self.measured.iter().take_while(move |(at, _)| *at <= now).map(|(_, sample)| sample)
    }
}

/// Days for which it is known what happens.
pub(crate) fn days_known(now: Timestamp) -> f64 {
    crate::days(now, time(DAYS * 24.0))
}

/// The machine at one moment; sizes in GB.
struct World {
    hour: f64,
    system: f64,
    session: f64,
    other: f64,
    /// Swap and caches, which come and go: 100 MB either way.
    wobble: f64,
    inode: u64,
    running: bool,
    asleep: bool,
    clock: SignedDuration,
    seed: u64,
}

impl World {
    /// A number from -1 to 1 (Knuth's MMIX generator).
    fn noise(&mut self) -> f64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let high = u32::try_from(self.seed >> 33).unwrap_or(0);
        f64::from(high) / f64::from(1_u32 << 30) - 1.0
    }

    fn day(&self) -> f64 {
        self.hour / 24.0
    }

    fn hour_of_day(&self) -> f64 {
        self.hour % 24.0
    }

    /// Saturdays and Sundays; every history begins on a Monday.
    fn weekend(&self) -> bool {
        self.day() % 7.0 >= 5.0
    }

    /// From nine to six on weekdays.
    fn working(&self) -> bool {
        !self.weekend() && (9.0..18.0).contains(&self.hour_of_day())
    }

    /// Whether this tick is the first at or after `day`.
    fn reaches(&self, day: f64) -> bool {
        (0.0..1.0 / f64::from(PER_HOUR)).contains(&(self.hour - day * 24.0 + 1e-6))
    }

    /// Grows the session image up to its logical size.
    fn write(&mut self, gigabytes: f64) {
        self.session = (self.session + gigabytes).min(LOGICAL as f64 / 1e9);
    }

    fn sample(&self, free: f64) -> Sample {
        Sample {
            at: time(self.hour) + self.clock,
            // 1.3 GB is the rebuild source.
            allocated: bytes(self.system + self.session + 1.3),
            system: bytes(self.system),
            session: bytes(self.session),
            system_inode: self.inode,
            source_modified: 1,
            free: bytes(free),
            total: Bytes::giga(245),
            vm: if self.running { Liveness::Running } else { Liveness::Stopped },
            guest_free: GuestFree::default(),
        }
    }
}

fn time(hours: f64) -> Timestamp {
    // A Monday at midnight.
    let start = Timestamp::from_second(1_759_708_800).expect("a valid time");
    start + SignedDuration::try_from_secs_f64(hours * 3_600.0).expect("a short span")
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of a simulated disk")]
fn bytes(gigabytes: f64) -> Bytes {
    Bytes((gigabytes * 1e9) as u64)
}

/// Lives through a history that begins with `room` GB above the reserve; `tick` is what happens in ten minutes.
fn tale(name: &'static str, room: f64, instants: &[f64], mut tick: impl FnMut(&mut World)) -> Tale {
    let clock = SignedDuration::ZERO;
    let mut world = World {
        hour: 0.0,
        system: 6.0,
        session: 0.5,
        other: 0.0,
        wobble: 0.0,
        inode: 7,
        running: true,
        asleep: false,
        clock,
        seed: 42,
    };
    let reserve = RESERVE.as_f64() / 1e9;
    let begin = room + reserve + world.system + world.session;
    let (mut measured, mut full) = (Vec::new(), None);
    for hour in (0..).map(|count| f64::from(count) / f64::from(PER_HOUR)).take_while(|hour| *hour < DAYS * 24.0) {
        world.hour = hour;
        world.wobble = 0.1 * world.noise();
        tick(&mut world);
        let free = begin - world.system - world.session - world.other;
        if free <= reserve {
            full = Some(time(world.hour));
            break;
        }
        if !world.asleep {
            measured.push((time(world.hour), world.sample(free - world.wobble)));
        }
    }
    Tale { name, instants: instants.iter().map(|day| time(day * 24.0)).collect(), measured, full }
}

/// GB per tick at that many GB per day.
fn per_day(gigabytes: f64) -> f64 {
    gigabytes / 24.0 / f64::from(PER_HOUR)
}

/// All histories.
pub(crate) fn all() -> Vec<Tale> {
    let mut tales = use_of_the_bundle();
    tales.extend(steps());
    tales.extend(other_programs());
    tales
}

fn use_of_the_bundle() -> Vec<Tale> {
    vec![
        // #65577: three calm days, then 10 GB written in one.
        tale("10 GB in one day", 14.0, &[3.25, 3.5, 3.75, 4.0, 4.2], |world| {
            let noise = world.noise();
            world.write(if world.day() >= 3.0 { per_day(10.0) * (1.0 + 0.5 * noise) } else { 0.0 });
            // The guest's root takes the rest once /sessions is full.
            world.other += if world.session > 10.7 { per_day(10.0) } else { 0.0 };
        }),
        // #94239: 88.6 % of 10 GiB in 16 days, in working hours every day.
        tale("88.6 % in 16 days", 8.0, &[2.0, 4.0, 7.0, 10.0, 12.5], |world| {
            let busy = (9.0..18.0).contains(&world.hour_of_day());
            world.write(if busy { per_day(9.5 / 16.0) * 24.0 / 9.0 } else { 0.0 });
        }),
        // #46101 and #92158: sessions of 381 MB, six on a working day, most of it on the host.
        tale("bursts of 381 MB", 45.0, &[1.0, 2.6, 5.5, 8.5, 12.5, 16.6, 20.0, 24.5], |world| {
            let starts = world.noise() > 1.0 - 2.0 * 6.0 / 54.0;
            if world.working() && starts {
                world.write(0.081);
                world.other += 0.3;
            }
        }),
        tale("asleep at night and on weekends", 9.0, &[1.6, 2.5, 4.5, 7.5, 8.6, 9.5], |world| {
            world.asleep = !world.working();
            world.write(if world.working() { 0.13 / f64::from(PER_HOUR) } else { 0.0 });
        }),
        tale("slow leak", 4.0, &[2.0, 5.0, 10.0, 20.0, 28.0], |world| {
            world.write(per_day(0.12));
        }),
        // The image reaches its logical size with plenty of room left.
        tale("image reaches its limit", 30.0, &[1.0, 3.0, 6.0, 9.0, 11.0, 15.0], |world| {
            let noise = world.noise();
            world.write(per_day(1.0) * (1.0 + noise));
        }),
    ]
}

fn steps() -> Vec<Tale> {
    vec![
        // #89869: image removed, a day later rebuilt in 13 minutes; other files grow by 0.5 GB a day.
        tale("rebuild of 10.7 GB in 13 min", 40.0, &[4.0, 6.02, 6.05, 6.2, 6.6, 8.0, 12.0], |world| {
            world.other += per_day(0.5);
            if world.reaches(5.0) {
                (world.system, world.inode, world.running) = (0.0, 0, false);
            } else if world.reaches(6.0) {
                (world.system, world.inode, world.running) = (8.2, 8, true);
            } else if world.reaches(6.0 + 1.0 / 144.0) {
                world.system = 10.7;
            }
        }),
        tale("sawtooth of reclaims", 8.0, &[12.1, 12.5, 13.0, 14.0, 17.0], |world| {
            world.write(per_day(1.2));
            let compacted = [4.0, 8.0, 12.0].into_iter().any(|day| world.reaches(day));
            if compacted {
                world.session -= 4.0;
                world.system -= 0.5;
                world.inode += 1;
            }
            world.running = !compacted;
        }),
        // Six samples dated two years ahead, and six dated three hours back.
        tale("clock jumps", 15.0, &[3.02, 3.1, 5.03, 5.2, 6.0, 8.0], |world| {
            let within = |day: f64| (0.0..1.0).contains(&(world.hour - day * 24.0));
            let hours = if within(3.0) {
                700 * 24
            } else if within(5.0) {
                -3
            } else {
                0
            };
            world.clock = SignedDuration::from_hours(hours);
            world.write(per_day(1.0));
            world.other += per_day(0.5);
        }),
    ]
}

fn other_programs() -> Vec<Tale> {
    vec![
        // #92158's 8.8 GB an hour, after five calm days.
        tale("other program fills the disk", 150.0, &[5.05, 5.09, 5.2, 5.35, 5.6], |world| {
            world.other += if world.day() >= 5.0 { per_day(8.8 * 24.0) } else { 0.0 };
        }),
        tale("one download of 60 GB", 76.0, &[6.1, 6.5, 7.0, 9.0, 12.0, 16.0], |world| {
            world.other += per_day(0.8);
            let loads = world.reaches(6.0) || world.reaches(6.0 + 1.0 / 144.0);
            world.other += if loads { 30.0 } else { 0.0 };
        }),
        tale("bin emptied", 30.0, &[5.1, 5.5, 6.0, 8.0, 12.0], |world| {
            world.other += per_day(2.0);
            world.other -= if world.reaches(5.0) { 30.0 } else { 0.0 };
        }),
        tale("idle, with noise", 30.0, &[0.2, 0.5, 1.0, 3.0, 10.0, 20.0], |world| {
            world.wobble = 0.5 * world.noise();
        }),
    ]
}
