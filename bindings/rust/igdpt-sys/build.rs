// SPDX-License-Identifier: MIT
//! Asks pkg-config where libigdpt is, and libigdpt-host for the feature `host`. `IGDPT_STATIC=1` links
//! the archives, `PKG_CONFIG` names another pkg-config.
use std::env;
use std::process::{exit, Command};

fn main() {
    for name in ["IGDPT_STATIC", "PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    let linked_statically = env::var("IGDPT_STATIC").map_or(false, |value| value != "0");
    for word in pkg_config(linked_statically).split_whitespace() {
        if let Some(path) = word.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={path}");
        } else if word.starts_with("-ligdpt") && linked_statically {
            println!("cargo:rustc-link-lib=static={}", &word[2..]);
        } else if let Some(library) = word.strip_prefix("-l") {
            println!("cargo:rustc-link-lib={library}");
        }
    }
}

fn pkg_config(linked_statically: bool) -> String {
    let program = env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".into());
    let mut command = Command::new(&program);
    // A -L that is a default would be left out, and rustc looks for archives in -L only.
    command.env("PKG_CONFIG_ALLOW_SYSTEM_LIBS", "1").args(["--libs", "igdpt >= 1.0"]);
    if env::var_os("CARGO_FEATURE_HOST").is_some() {
        command.arg("igdpt-host >= 1.0");
    }
    if linked_statically {
        command.arg("--static");
    }
    match command.output() {
        Ok(done) if done.status.success() => String::from_utf8_lossy(&done.stdout).into_owned(),
        Ok(done) => fail(&String::from_utf8_lossy(&done.stderr)),
        Err(error) => fail(&format!("{program}: {error}")),
    }
}

fn fail(reason: &str) -> ! {
    eprintln!("libigdpt not found: {reason}");
    exit(1)
}
