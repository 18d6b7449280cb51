//! A pool of threads that take jobs from one queue, and wait if there is none. Like rayon's threads, they live
//! as long as the process.
use std::sync::{mpsc, Arc, Mutex};
use std::thread;

type Job = Box<dyn FnOnce() + Send>;

static QUEUE: Mutex<Option<mpsc::Sender<Job>>> = Mutex::new(None);

fn start() -> mpsc::Sender<Job> {
    let (sender, receiver) = mpsc::channel::<Job>();
    let receiver = Arc::new(Mutex::new(receiver));
    let threads = thread::available_parallelism().map_or(4, |count| count.get().max(4));
    for _ in 0..threads {
        let receiver = receiver.clone();
        thread::spawn(move || loop {
            let job = receiver.lock().unwrap().recv();
            match job {
                Ok(job) => job(),
                Err(_) => break,
            }
        });
    }
    sender
}

pub fn spawn(job: impl FnOnce() + Send + 'static) {
    let mut queue = QUEUE.lock().unwrap();
    queue.get_or_insert_with(start).send(Box::new(job)).unwrap();
}
