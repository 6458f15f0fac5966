//! Memory that is free goes back to the system.
//!
//! glibc's allocator gives each thread a heap of its own and keeps what large answers needed. After the first runs of twenty
//! connections that is twice what is in use (86 MB of 245, by heaptrack). Its settings are read when a process starts, so the
//! server starts itself once more with them, in the same process.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// glibc's variables (mallopt(3)): few heaps; blocks from 128 KiB on are the system's, and free ends of heaps of that size
/// are given back.
pub const SETTINGS: [(&str, &str); 3] =
    [("MALLOC_ARENA_MAX", "2"), ("MALLOC_MMAP_THRESHOLD_", "131072"), ("MALLOC_TRIM_THRESHOLD_", "131072")];

/// Starts the same command with [`SETTINGS`], unless somebody has set one of them. Comes back where that can't be done: then
/// memory is kept longer, and nothing else is different. To be called before anything else.
pub fn settle() {
    if !cfg!(all(target_os = "linux", target_env = "gnu"))
        || SETTINGS.iter().any(|(name, _)| std::env::var_os(name).is_some())
    {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut names = std::env::args_os();
    let mut command = Command::new(program);
    command.envs(SETTINGS);
    if let Some(name) = names.next() {
        command.arg0(name);
    }
    let error = command.args(names).exec();
    eprintln!("windhover: memory is kept longer than needed: {error}");
}
