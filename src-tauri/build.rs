//! Tauri's build step. The page may call these commands and no others, and only where the capability file says so.

fn main() {
    // The page is part of the program.
    println!("cargo::rerun-if-changed=../ui/dist");
    let commands = [
        "opened",
        "chart",
        "sheet",
        "reclaim",
        "arm",
        "disarm",
        "snooze",
        "undo",
        "stop",
        "update",
        "dismiss",
        "form",
        "save",
        "show",
        "show_data",
        "choose_folder",
        "privacy_settings",
        "fit",
        "painted",
        "close",
    ];
    let manifest = tauri_build::AppManifest::new().commands(Box::leak(Box::new(commands)));
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        println!("cargo::error={error:#}");
    }
}
