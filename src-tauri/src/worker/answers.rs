//! In which words the worker answers, and what the page asks of one bundle: its chart, and a plan to confirm.
//!
//! Not here: carrying a plan out.

use plimsoll_core::monitor::Prospect;
use plimsoll_core::panel::chart::{self, ChartInput, ChartView, Range};
use plimsoll_core::panel::sheet::{self, SheetView};
use plimsoll_core::panel::{Note, bundle_id};
use plimsoll_core::reclaim::Level;
use plimsoll_core::reclaim::plan::SourceCheck;

use plimsoll_core::words::Words;

use super::Worker;

impl Worker<'_> {
    pub(super) fn words(&self) -> &'static Words {
        Words::of(self.monitor.settings().language.unwrap_or(self.outside.language))
    }

    pub(super) fn note(&self, sentence: &str, hint: &str) -> Note {
        Note { sentence: self.words().text(sentence), hint: self.words().text(hint) }
    }

    pub(super) fn bundle(&self, id: &str) -> Result<&Prospect, Note> {
        let named = |prospect: &&Prospect| bundle_id(&prospect.measured.key()) == id;
        let found = self.seen.iter().map(|(prospect, _)| prospect).find(named);
        found.ok_or_else(|| self.note("app-no-bundle", "app-no-bundle-hint"))
    }

    pub(super) fn chart(&self, id: &str, range: Range) -> Result<ChartView, Note> {
        let key = self.bundle(id)?.measured.key();
        let now = self.yard.clock.now();
        let samples = self.monitor.store().samples(&key, range.since(now));
        let samples = samples.map_err(|error| Note { sentence: format!("Failed to {error}."), hint: String::new() })?;
        let (limit, zone, words) = (self.monitor.settings().limit, jiff::tz::TimeZone::system(), self.words());
        Ok(chart::chart(&ChartInput { samples: &samples, range, now, limit, zone: &zone, words }))
    }

    pub(super) fn sheet(&self, id: &str, level: Level) -> Result<SheetView, Note> {
        let prospect = self.bundle(id)?;
        let plan = self.monitor.plan(&prospect.measured, level, SourceCheck::Frames);
        let idle = self.monitor.settings().arm_idle;
        Ok(sheet::sheet(&plan, &prospect.measured.bundle.name(), idle, self.words()))
    }
}
