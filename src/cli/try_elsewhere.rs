//! `lamblint try` on a system other than Linux.

use super::args::TryArgs;

/// The exit code where an image cannot be tried here.
const NOT_HERE: u8 = 3;

/// Says that nothing can be started on this system.
pub(super) fn one(args: &TryArgs) -> Result<u8, String> {
    super::complain(&format!(
        "{}: not tried: Lambda runs Linux, and so must the machine that starts the image",
        args.path.display()
    ));
    Ok(if args.require { 1 } else { NOT_HERE })
}
