//! A new or changed migration must rebuild this crate, which embeds them.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
