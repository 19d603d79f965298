//! The page's types are written from ours: `ui/src/bindings.ts` is what this test makes of them.

use std::fs;
use std::path::Path;

use plimsoll_core::panel::{Opening, chart, form, sheet};
use plimsoll_core::updates::Wish;
use ts_rs::{Config, TS, TypeVisitor};

/// Declarations of a type and of all that it is made of, each once, in the order of their names.
struct Declared(std::collections::BTreeMap<String, String>);

impl TypeVisitor for Declared {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        let config = config();
        if T::output_path().is_some() && !self.0.contains_key(&T::ident(&config)) {
            self.0.insert(T::ident(&config), T::decl(&config));
            T::visit_dependencies(self);
            T::visit_generics(self);
        }
    }
}

fn config() -> Config {
    Config::new().with_large_int("number")
}

#[test]
fn the_pages_types_are_those_of_the_core() {
    let mut declared = Declared(std::collections::BTreeMap::new());
    declared.visit::<Opening>();
    declared.visit::<chart::ChartView>();
    declared.visit::<chart::Range>();
    declared.visit::<form::FormView>();
    declared.visit::<sheet::SheetView>();
    declared.visit::<Wish>();
    let mut text = "// Written by `make bindings` from crates/core/src/panel. Do not change by hand.\n\n".to_owned();
    for declaration in declared.0.values() {
        text.push_str("export ");
        text.push_str(declaration);
        text.push('\n');
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").join("ui/src/bindings.ts");
    if std::env::var_os("PLIMSOLL_WRITE").is_some() {
        fs::write(&path, &text).expect("write");
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), text, "run make bindings");
}
