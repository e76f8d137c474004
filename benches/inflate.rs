//! Inflates the gzip members of a tar archive with the crates and the number of threads that lamblint has, and throws
//! away what comes out: what reading an image cannot be faster than.
//!
//!     cargo bench --bench inflate -- ARCHIVE [THREADS]

use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicUsize, Ordering};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(path) = arguments.first() else { return Ok(()) };
    let mut blobs = Vec::new();
    for entry in tar::Archive::new(File::open(path)?).entries_with_seek()? {
        let mut entry = entry?;
        let mut magic = [0; 2];
        if entry.read(&mut magic)? == 2 && magic == [0x1f, 0x8b] {
            blobs.push((entry.size(), entry.raw_file_position()));
        }
    }
    blobs.sort_unstable_by_key(|(length, _)| std::cmp::Reverse(*length));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = arguments.get(1).and_then(|count| count.parse().ok()).unwrap_or(cores);
    let next = AtomicUsize::new(0);
    let work = || -> io::Result<()> {
        let mut chunk = vec![0; 256 * 1024];
        while let Some((length, start)) = blobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(*start))?;
            let mut decoder = MultiGzDecoder::new(BufReader::with_capacity(128 * 1024, file.take(*length)));
            while decoder.read(&mut chunk)? > 0 {}
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or(Ok(())))
    })
}
