//! A program on ebb: its blocks are sound, and it gives memory back while idle.
use std::alloc::{alloc, alloc_zeroed, dealloc, realloc, Layout};
use std::sync::mpsc;
use std::{fs, thread, time::Duration};

#[global_allocator]
static GLOBAL: ebb::Ebb = ebb::Ebb;

#[test]
fn layouts() {
    for align in (0..17).map(|power| 1usize << power) {
        for size in [1, 7, 16, 100, 1024, 5000, 40_000, 300_000] {
            let layout = Layout::from_size_align(size, align).unwrap();
            // SAFETY: sizes are above 0, and every block is freed by its layout.
            unsafe {
                let block = alloc(layout);
                assert!(!block.is_null() && block as usize % align == 0);
                block.write_bytes(0xa5, size);
                let grown = realloc(block, layout, 3 * size);
                assert!(!grown.is_null() && grown as usize % align == 0);
                assert!((0..size).all(|i| *grown.add(i) == 0xa5));
                dealloc(grown, Layout::from_size_align(3 * size, align).unwrap());
                let zero = alloc_zeroed(layout);
                assert!((0..size).all(|i| *zero.add(i) == 0));
                zero.write_bytes(0xff, size);
                dealloc(zero, layout);
            }
        }
    }
}

/// One thread makes the strings and another drops them, as a bundler's workers do.
#[test]
fn handed_over() {
    let (sender, receiver) = mpsc::channel::<Vec<String>>();
    let makers: Vec<_> = (0..4)
        .map(|n| {
            let sender = sender.clone();
            thread::spawn(move || {
                for round in 0..200 {
                    sender.send((0..50).map(|i| format!("{n} {round} {i}")).collect()).unwrap();
                }
            })
        })
        .collect();
    drop(sender);
    assert_eq!(receiver.iter().map(|list| list.len()).sum::<usize>(), 4 * 200 * 50);
    makers.into_iter().for_each(|maker| maker.join().unwrap());
}

fn rss_anon_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn idle_gives_back() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let before = rss_anon_kib();
    let much: Vec<Vec<u8>> = (0..60_000).map(|i| vec![1; 16 + i % 2000]).collect();
    assert!(rss_anon_kib() > before + 40_000);
    drop(much);
    let back = (0..50).any(|_| {
        thread::sleep(Duration::from_millis(100));
        rss_anon_kib() < before + 6_000
    });
    assert!(back, "{} KiB are left of what was used", rss_anon_kib() - before);
    assert!(ebb::Ebb::stats().contains("\"version\""));
    ebb::Ebb::collect();
}
