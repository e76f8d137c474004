//! ELF files with nothing in them but what a loader reads: `elf amd64 interp=/lib/ld.so needed=libc.so.6`.

/// What the file says of itself.
#[derive(Default)]
struct Wanted<'a> {
    machine: u16,
    interpreter: Option<&'a str>,
    needed: Vec<&'a str>,
    runpath: Option<&'a str>,
    soname: Option<&'a str>,
    needs: Vec<(&'a str, &'a str)>,
    defines: Vec<&'a str>,
    text: String,
}

/// Builds the file that a line of words describes.
pub fn elf(words: &str) -> Vec<u8> {
    let mut wanted = Wanted { machine: 62, ..Wanted::default() };
    for word in words.split_whitespace() {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match key {
            "elf" | "amd64" => {}
            "arm64" => wanted.machine = 183,
            "arm" => wanted.machine = 40,
            "interp" => wanted.interpreter = Some(value),
            "needed" => wanted.needed = value.split(',').collect(),
            "runpath" => wanted.runpath = Some(value),
            "soname" => wanted.soname = Some(value),
            "needs" => wanted.needs = value.split(',').map(|pair| pair.split_once(':').unwrap()).collect(),
            "defines" => wanted.defines = value.split(',').collect(),
            "text" => wanted.text.push_str(value),
            "runtime-api-wide" => "AWS_LAMBDA_RUNTIME_API".chars().for_each(|c| wanted.text.extend([c, '\0'])),
            "runtime-api" => wanted.text.push_str("AWS_LAMBDA_RUNTIME_API"),
            _ => panic!("an ELF file with {word}?"),
        }
    }
    wanted.build()
}

struct Strings(Vec<u8>);

impl Strings {
    fn add(&mut self, text: &str) -> u64 {
        let at = self.0.len() as u64;
        self.0.extend(text.as_bytes());
        self.0.push(0);
        at
    }
}

impl Wanted<'_> {
    fn build(&self) -> Vec<u8> {
        let is_static = self.interpreter.is_none()
            && self.needed.is_empty()
            && self.defines.is_empty()
            && self.needs.is_empty()
            && self.soname.is_none();
        let segments = 1 + usize::from(self.interpreter.is_some()) + usize::from(!is_static);
        let mut body: Vec<u8> = Vec::new();
        let start = 64 + 56 * segments;
        let place = |body: &mut Vec<u8>, bytes: &[u8]| {
            while !(start + body.len()).is_multiple_of(8) {
                body.push(0);
            }
            let at = (start + body.len()) as u64;
            body.extend(bytes);
            (at, bytes.len() as u64)
        };
        let interpreter = self.interpreter.map(|text| place(&mut body, format!("{text}\0").as_bytes()));
        let mut strings = Strings(vec![0]);
        let mut entries: Vec<(u64, u64)> = Vec::new();
        entries.extend(self.needed.iter().map(|name| (1, strings.add(name))));
        entries.extend(self.soname.map(|name| (14, strings.add(name))));
        entries.extend(self.runpath.map(|folders| (29, strings.add(folders))));
        let mut need = Vec::new();
        for (at, (file, version)) in self.needs.iter().enumerate() {
            let next: u32 = if at + 1 == self.needs.len() { 0 } else { 32 };
            let (file, version) = (strings.add(file) as u32, strings.add(version) as u32);
            need.extend([1u16, 1].iter().flat_map(|n| n.to_le_bytes()));
            need.extend([file, 16, next, 0].iter().flat_map(|n| n.to_le_bytes()));
            need.extend([0u16, 2].iter().flat_map(|n| n.to_le_bytes()));
            need.extend([version, 0].iter().flat_map(|n| n.to_le_bytes()));
        }
        let mut define = Vec::new();
        for (at, version) in self.defines.iter().enumerate() {
            let next: u32 = if at + 1 == self.defines.len() { 0 } else { 28 };
            let name = strings.add(version) as u32;
            define.extend([1u16, 0, at as u16 + 1, 1].iter().flat_map(|n| n.to_le_bytes()));
            define.extend([0u32, 20, next, name, 0].iter().flat_map(|n| n.to_le_bytes()));
        }
        let table = place(&mut body, &strings.0);
        entries.extend([(5, table.0), (10, table.1)]);
        if !need.is_empty() {
            entries.extend([(0x6fff_fffe, place(&mut body, &need).0), (0x6fff_ffff, self.needs.len() as u64)]);
        }
        if !define.is_empty() {
            entries.extend([(0x6fff_fffc, place(&mut body, &define).0), (0x6fff_fffd, self.defines.len() as u64)]);
        }
        entries.push((0, 0));
        let dynamic: Vec<u8> =
            entries.iter().flat_map(|(tag, value)| [tag.to_le_bytes(), value.to_le_bytes()].concat()).collect();
        let dynamic = place(&mut body, &dynamic);
        place(&mut body, self.text.as_bytes());
        let total = (start + body.len()) as u64;

        let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        file.extend([if is_static { 2u16 } else { 3 }, self.machine].iter().flat_map(|n| n.to_le_bytes()));
        file.extend(1u32.to_le_bytes());
        file.extend([0x1000u64, 64, 0].iter().flat_map(|n| n.to_le_bytes()));
        file.extend(0u32.to_le_bytes());
        file.extend([64u16, 56, segments as u16, 64, 0, 0].iter().flat_map(|n| n.to_le_bytes()));
        let mut segment = |kind: u32, (at, size): (u64, u64)| {
            file.extend([kind, 4].iter().flat_map(|n| n.to_le_bytes()));
            file.extend([at, at, at, size, size, 8].iter().flat_map(|n| n.to_le_bytes()));
        };
        interpreter.into_iter().for_each(|range| segment(3, range));
        segment(1, (0, total));
        if !is_static {
            segment(2, dynamic);
        }
        file.extend(body);
        file
    }
}
