//! A part of the day, such as the night.
//!
//! Not here: what time it is.

use std::fmt;

use jiff::civil::Time;

/// From one time of the day to another; over midnight when the first is the later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    from: Time,
    to: Time,
}

impl Hours {
    /// Reads `22:00-07:00`. The same time twice would be no time or all day, and is refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let (from, to) = (time(from)?, time(to)?);
        (from != to).then_some(Self { from, to })
    }

    /// Whether a time is in it: from its first minute to before its last.
    #[must_use]
    pub fn contains(self, time: Time) -> bool {
        if self.from < self.to { self.from <= time && time < self.to } else { self.from <= time || time < self.to }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.strftime("%H:%M"), self.to.strftime("%H:%M"))
    }
}

fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i8>().ok())?;
    Time::new(number(hour)?, number(minute)?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_goes_over_midnight() {
        let at = |text: &str| time(text).expect("a time");
        let night = Hours::parse("22:00-07:30").expect("hours");
        for (text, within) in [("21:59", false), ("22:00", true), ("00:00", true), ("07:29", true), ("07:30", false)] {
            assert_eq!(night.contains(at(text)), within, "{text}");
        }
        let noon = Hours::parse("12:00 - 13:00").expect("hours");
        assert!(noon.contains(at("12:30")) && !noon.contains(at("13:00")) && !noon.contains(at("00:30")));
        assert_eq!(noon.to_string(), "12:00-13:00");
        for bad in ["", "22:00", "22-7", "24:00-07:00", "22:60-07:00", "22:00-22:00", "+2:00-07:00", "22:00-07:00-1"] {
            assert_eq!(Hours::parse(bad), None, "{bad}");
        }
    }
}
