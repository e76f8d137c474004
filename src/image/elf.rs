//! What a loader would ask of an ELF file: for which processor it is, which program loads it, which libraries
//! and symbol versions it needs, and which it defines.

use super::limits;
use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::{Endianness, ReadRef};
use std::cell::Cell;

/// An ELF file, as far as the loader is concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Elf {
    /// The processor, as the file numbers it (`EM_X86_64` = 62, `EM_AARCH64` = 183).
    pub machine: u16,
    /// Whether it is of 64 bits.
    pub wide: bool,
    /// The program that loads it (`PT_INTERP`); none = static, or a library.
    pub interpreter: Option<String>,
    /// Libraries it needs by name, in order (`DT_NEEDED`).
    pub needed: Vec<String>,
    /// Folders it asks to search (`DT_RUNPATH`, or else `DT_RPATH`), `$ORIGIN` as written.
    pub search: Vec<String>,
    /// Versions it needs: (library, version), such as (`libc.so.6`, `GLIBC_2.34`).
    pub needs: Vec<(String, String)>,
    /// Versions it defines.
    pub defines: Vec<String>,
    /// Its own name as a library (`DT_SONAME`).
    pub soname: Option<String>,
    /// Whether `AWS_LAMBDA_RUNTIME_API` is in the file; `None` if it was not searched.
    pub speaks_runtime_api: Option<bool>,
    /// Whether needs and definitions could be read.
    pub complete: bool,
}

impl Elf {
    /// Reads what is reachable in a file; `None` where not even its header is.
    pub(super) fn read<'data, R: ReadRef<'data>>(data: R) -> Option<Self> {
        let ident = data.read_bytes_at(0, 16).ok()?;
        match (ident.get(..4)?, ident.get(4)?) {
            (b"\x7fELF", 1) => of::<FileHeader32<Endianness>, R>(data, false),
            (b"\x7fELF", 2) => of::<FileHeader64<Endianness>, R>(data, true),
            _ => None,
        }
    }

    /// The name of its processor: OCI's word where Lambda has it, the usual one otherwise.
    pub fn architecture(&self) -> &'static str {
        match (self.machine, self.wide) {
            (62, true) => "amd64",
            (183, _) => "arm64",
            (3, _) | (62, false) => "386",
            (40, _) => "arm",
            (243, _) => "riscv64",
            (21, _) => "ppc64",
            (22, _) => "s390x",
            (8, _) => "mips",
            (258, _) => "loong64",
            _ => "another processor",
        }
    }
}

/// The ranges of a file that [`Elf::read`] will ask for, told by its first bytes: (offset, length).
pub(super) fn wanted(head: &[u8]) -> Vec<(u64, u64)> {
    match head.get(4) {
        Some(1) => segments::<FileHeader32<Endianness>>(head),
        Some(2) => segments::<FileHeader64<Endianness>>(head),
        _ => None,
    }
    .unwrap_or_default()
}

/// Segments larger than this are code or data, and hold nothing a loader reads first.
const SMALL_SEGMENT: u64 = 2 * 1024 * 1024;

fn segments<H: FileHeader<Endian = Endianness>>(head: &[u8]) -> Option<Vec<(u64, u64)>> {
    let header = H::parse(head).ok()?;
    let endian = header.endian().ok()?;
    let segments = header.program_headers(endian, head).ok()?;
    let range = |segment: &H::ProgramHeader| {
        let kind = segment.p_type(endian);
        let (offset, size) = segment.file_range(endian);
        // patchelf moves strings into a segment of their own at the end of the file.
        let small = kind == elf::PT_LOAD && size <= SMALL_SEGMENT;
        (small || matches!(kind, elf::PT_DYNAMIC | elf::PT_INTERP)).then_some((offset, size.min(SMALL_SEGMENT)))
    };
    Some(segments.iter().filter_map(range).collect())
}

fn of<'data, H: FileHeader<Endian = Endianness>, R: ReadRef<'data>>(data: R, wide: bool) -> Option<Elf> {
    let header = H::parse(data).ok()?;
    let endian = header.endian().ok()?;
    let mut elf = Elf { machine: header.e_machine(endian).0, wide, ..Elf::default() };
    let Ok(segments) = header.program_headers(endian, data) else { return Some(elf) };
    let mut dynamic = None;
    for segment in segments.iter().take(limits::ELF_ITEMS) {
        if elf.interpreter.is_none()
            && let Ok(Some(interpreter)) = segment.interpreter(endian, data)
        {
            elf.interpreter = Some(String::from_utf8_lossy(head(interpreter)).into_owned());
        }
        match segment.dynamic(endian, data) {
            Ok(Some(found)) => dynamic = Some(found),
            Ok(None) => {}
            Err(_) => return Some(elf),
        }
    }
    // Without a dynamic segment there is nothing to need.
    let Some(dynamic) = dynamic else {
        elf.complete = true;
        return Some(elf);
    };
    let value = |tag| dynamic.iter().find(|d| d.tag(endian) == tag).map(|d| d.val(endian));
    let file = Mapped::<H, R> { segments, endian, data };
    let strings = value(elf::DT_STRTAB).zip(value(elf::DT_STRSZ));
    let Some(strings) = strings.and_then(|(address, size)| file.at(address, size)) else { return Some(elf) };
    let left = Cell::new(limits::ELF_TEXT_BYTES);
    let text = |offset: u64| {
        let bytes = usize::try_from(offset).ok().and_then(|offset| strings.get(offset..)).unwrap_or_default();
        let name = head(bytes).split(|byte| *byte == 0).next().unwrap_or_default();
        // Names may overlap, so that a small file could hold many long ones.
        let name = left.get().checked_sub(name.len()).map_or(&b""[..], |rest| {
            left.set(rest);
            name
        });
        String::from_utf8_lossy(name).into_owned()
    };
    for entry in dynamic.iter().take_while(|d| d.tag(endian) != elf::DT_NULL).take(limits::ELF_ITEMS) {
        let value = entry.val(endian);
        match entry.tag(endian) {
            elf::DT_NEEDED => elf.needed.push(text(value)),
            elf::DT_SONAME => elf.soname = Some(text(value)),
            _ => {}
        }
    }
    let search = value(elf::DT_RUNPATH).or_else(|| value(elf::DT_RPATH)).map(text).unwrap_or_default();
    elf.search = search.split(':').filter(|folder| !folder.is_empty()).map(str::to_owned).collect();
    let table = |address, count| Some((value(address)?, value(count)?));
    let needs = table(elf::DT_VERNEED, elf::DT_VERNEEDNUM).map(|(at, count)| file.needs(at, count));
    let defines = table(elf::DT_VERDEF, elf::DT_VERDEFNUM).map(|(at, count)| file.defines(at, count));
    elf.complete = !matches!(needs, Some(None)) && !matches!(defines, Some(None));
    let needs = needs.flatten().unwrap_or_default();
    elf.needs = needs.into_iter().map(|(file, version)| (text(file), text(version))).collect();
    elf.defines = defines.flatten().unwrap_or_default().into_iter().map(text).collect();
    elf.complete &= [&elf.needed, &elf.defines].into_iter().flatten().all(|name| !name.is_empty());
    Some(elf)
}

/// As much of some bytes as a path may have.
fn head(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(limits::PATH_BYTES)]
}

/// A file seen by the addresses it is loaded at.
struct Mapped<'data, H: FileHeader<Endian = Endianness>, R> {
    segments: &'data [H::ProgramHeader],
    endian: Endianness,
    data: R,
}

impl<'data, H: FileHeader<Endian = Endianness>, R: ReadRef<'data>> Mapped<'data, H, R> {
    fn offset(&self, address: u64) -> Option<u64> {
        self.segments.iter().filter(|segment| segment.p_type(self.endian) == elf::PT_LOAD).find_map(|segment| {
            let (offset, size) = segment.file_range(self.endian);
            let below = address.checked_sub(segment.p_vaddr(self.endian).into())?;
            (below < size).then(|| offset.checked_add(below)).flatten()
        })
    }

    fn at(&self, address: u64, size: u64) -> Option<&'data [u8]> {
        self.data.read_bytes_at(self.offset(address)?, size).ok()
    }

    /// `DT_VERNEED`: pairs of offsets into the strings, file and version.
    fn needs(&self, address: u64, count: u64) -> Option<Vec<(u64, u64)>> {
        let mut at = self.offset(address)?;
        let (mut found, mut steps) = (Vec::new(), 0);
        for _ in 0..count.min(limits::ELF_ITEMS as u64) {
            let need: &elf::Verneed<Endianness> = self.data.read_at(at).ok()?;
            let mut aux_at = at.checked_add(need.vn_aux.get(self.endian).into())?;
            for _ in 0..need.vn_cnt.get(self.endian) {
                let aux: &elf::Vernaux<Endianness> = self.data.read_at(aux_at).ok()?;
                // Lists may overlap, so that a small file could hold many long ones.
                steps += 1;
                if steps > limits::ELF_ITEMS {
                    return None;
                }
                // A weak version may be missing without harm.
                if aux.vna_flags.get(self.endian).0 & 2 == 0 {
                    found.push((need.vn_file.get(self.endian).into(), aux.vna_name.get(self.endian).into()));
                }
                match aux.vna_next.get(self.endian) {
                    0 => break,
                    next => aux_at = aux_at.checked_add(next.into())?,
                }
            }
            match need.vn_next.get(self.endian) {
                0 => break,
                next => at = at.checked_add(next.into())?,
            }
        }
        Some(found)
    }

    /// `DT_VERDEF`: offsets of the versions' names into the strings.
    fn defines(&self, address: u64, count: u64) -> Option<Vec<u64>> {
        let mut at = self.offset(address)?;
        let mut found = Vec::new();
        for _ in 0..count.min(limits::ELF_ITEMS as u64) {
            let define: &elf::Verdef<Endianness> = self.data.read_at(at).ok()?;
            let aux_at = at.checked_add(define.vd_aux.get(self.endian).into())?;
            let aux: &elf::Verdaux<Endianness> = self.data.read_at(aux_at).ok()?;
            found.push(aux.vda_name.get(self.endian).into());
            match define.vd_next.get(self.endian) {
                0 => break,
                next => at = at.checked_add(next.into())?,
            }
        }
        Some(found)
    }
}
