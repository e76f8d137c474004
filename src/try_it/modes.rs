//! The user that Lambda runs a function as, and which permission bits that user has on a file.

/// The number of Lambda's user, as the emulator's source has it.
pub const USER: u32 = 993;
/// The number of its group.
pub const GROUP: u32 = 990;
/// Its name on Lambda.
pub const NAME: &str = "sbx_user1051";

/// Permission bits for a tree whose files all belong to the user that the function runs as, because a user without
/// privileges can give files to no other. The owner gets the bits that Lambda's user would have.
///
/// Without that a handler that only root may read would be readable here.
pub fn projected(mode: u32, owner: u32, group: u32) -> u32 {
    let bits = match (owner == USER, group == GROUP) {
        (true, _) => mode >> 6,
        (false, true) => mode >> 3,
        (false, false) => mode,
    };
    (mode & 0o077) | ((bits & 0o7) << 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_gets_what_the_user_of_lambda_has() {
        for (mode, owner, group, expected) in [
            (0o600, 0, 0, 0o000),
            (0o644, 0, 0, 0o444),
            (0o755, 0, 0, 0o555),
            (0o711, 0, 0, 0o111),
            (0o700, 0, 0, 0o000),
            (0o666, 0, 0, 0o666),
            (0o777, 0, 0, 0o777),
            (0o4755, 0, 0, 0o555),
            (0o600, 993, 0, 0o600),
            (0o040, 993, 990, 0o040),
            (0o640, 0, 990, 0o440),
            (0o604, 0, 990, 0o004),
        ] {
            assert_eq!(projected(mode, owner, group), expected, "{mode:o} of {owner}:{group}");
        }
    }
}
