//! The network of the sandbox: the loopback alone, with the address that Lambda gives its API.

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType};
use std::io;
use std::net::Ipv4Addr;

/// Where Lambda serves the Runtime API, as recorded on AWS.
pub(super) const API: Ipv4Addr = Ipv4Addr::new(169, 254, 100, 1);
/// Its port.
pub(super) const PORT: u16 = 9001;

/// `RTM_NEWLINK` and `RTM_NEWADDR` of rtnetlink(7).
const NEW_LINK: u16 = 16;
const NEW_ADDRESS: u16 = 20;
/// `NLM_F_REQUEST` and `NLM_F_ACK`.
const ACKNOWLEDGED: u16 = 1 | 4;
/// `NLM_F_CREATE`.
const CREATE: u16 = 0x400;
/// The number of the loopback in a new network namespace.
const LOOPBACK: u32 = 1;

/// Brings the loopback up, and gives it the address of the API.
pub(super) fn loopback() -> io::Result<()> {
    // struct ifinfomsg: no family, no type; IFF_UP in flags and in the mask of what changes.
    let mut up = vec![0, 0, 0, 0];
    up.extend(LOOPBACK.to_ne_bytes());
    up.extend(1_u32.to_ne_bytes());
    up.extend(1_u32.to_ne_bytes());
    ask(NEW_LINK, ACKNOWLEDGED, &up)?;
    // struct ifaddrmsg: AF_INET, all 32 bits, no flags, scope of the host; then IFA_LOCAL and IFA_ADDRESS.
    let mut address = vec![2, 32, 0, 254];
    address.extend(LOOPBACK.to_ne_bytes());
    for kind in [2_u16, 1] {
        address.extend(8_u16.to_ne_bytes());
        address.extend(kind.to_ne_bytes());
        address.extend(API.octets());
    }
    ask(NEW_ADDRESS, ACKNOWLEDGED | CREATE, &address)
}

/// Sends a request to the kernel, and reads whether it was done.
fn ask(kind: u16, flags: u16, body: &[u8]) -> io::Result<()> {
    let socket = rustix::net::socket(AddressFamily::NETLINK, SocketType::RAW, None)?;
    let mut message = Vec::new();
    message.extend(u32::try_from(16 + body.len()).unwrap_or_default().to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend(1_u32.to_ne_bytes());
    message.extend(0_u32.to_ne_bytes());
    message.extend(body);
    rustix::net::send(&socket, &message, SendFlags::empty())?;
    let mut answer = [0_u8; 512];
    let (got, _) = rustix::net::recv(&socket, &mut answer, RecvFlags::empty())?;
    // Behind the header of 16 bytes stands the number of the error, with a sign.
    let number =
        answer.get(16..20).filter(|_| got >= 20).and_then(|bytes| bytes.try_into().ok()).map(i32::from_ne_bytes);
    match number {
        Some(0) => Ok(()),
        Some(number) => Err(io::Error::from_raw_os_error(-number)),
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}
