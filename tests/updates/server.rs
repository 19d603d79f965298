//! A web server over TLS: `openssl` behind a door that counts who comes in. Its certificate is vouched for by an
//! authority of its own.
//!
//! Not here: what it serves.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::desk::{PATIENCE, run, spawn};

/// The server; gone with its value.
pub(crate) struct Server {
    folder: PathBuf,
    door: SocketAddr,
    visitors: Arc<AtomicUsize>,
    closed: Arc<AtomicBool>,
    /// Who stands at the door.
    keeper: Mutex<Option<JoinHandle<()>>>,
    openssl: Child,
}

/// An authority, and a certificate for this machine.
const CERTIFICATES: &str = "
    new='req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
    openssl $new -x509 -keyout ca.key -out ca.pem -subj /CN=authority -days 2
    openssl $new -keyout key.pem -out request.pem -subj /CN=server
    printf 'subjectAltName=IP:127.0.0.1\\nbasicConstraints=CA:FALSE\\nextendedKeyUsage=serverAuth\\n' >extensions
    openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out cert.pem
    mkdir files
";

impl Server {
    pub(crate) fn start(above: &Path) -> Self {
        let folder = above.join("server");
        fs::create_dir(&folder).expect("make the folder");
        let made = run(Command::new("bash").args(["-euc", CERTIFICATES]).current_dir(&folder));
        assert_eq!(made.code, 0, "no certificates: {}", made.text);
        let mut command = Command::new("openssl");
        command.args(["s_server", "-accept", "127.0.0.1:0", "-WWW", "-cert", "../cert.pem", "-key", "../key.pem"]);
        command.current_dir(folder.join("files")).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut openssl = spawn(&mut command);
        let mut lines = BufReader::new(openssl.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let inner = lines.find_map(|line| line.strip_prefix("ACCEPT ")?.parse().ok()).expect("it says where it is");
        // It speaks of every visitor.
        thread::spawn(move || lines.for_each(drop));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let door = listener.local_addr().expect("a port");
        let (visitors, closed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, shut) = (Arc::clone(&visitors), Arc::clone(&closed));
        let keeper = thread::spawn(move || {
            for visitor in listener.incoming().map_while(Result::ok) {
                if shut.load(Ordering::SeqCst) {
                    return;
                }
                count.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || lead(&visitor, inner));
            }
        });
        Self { folder, door, visitors, closed, keeper: Mutex::new(Some(keeper)), openssl }
    }

    /// Puts a file there in one go.
    pub(crate) fn serve(&self, name: &str, bytes: &[u8]) {
        let (new, file) = (self.folder.join("new"), self.folder.join("files").join(name));
        fs::write(&new, bytes).and_then(|()| fs::rename(&new, file)).expect("write");
    }

    pub(crate) fn address(&self, name: &str) -> String {
        format!("https://{}/{name}", self.door)
    }

    /// The certificate of whoever vouches for this server.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// Puts another authority there, who knows nothing of this server.
    pub(crate) fn forget_authority(&self) {
        let script = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -x509 -keyout ca.key \
            -out ca.pem -subj /CN=other -days 2";
        let made = run(Command::new("bash").args(["-euc", script]).current_dir(&self.folder));
        assert_eq!(made.code, 0, "{}", made.text);
    }

    /// How many have come in so far.
    pub(crate) fn visitors(&self) -> usize {
        self.visitors.load(Ordering::SeqCst)
    }

    /// Nobody is let in any more.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        if let Some(keeper) = self.keeper.lock().ok().and_then(|mut keeper| keeper.take()) {
            // Wakes whoever stands there, and waits until there is no door any more.
            let _ = TcpStream::connect(self.door);
            let _ = keeper.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
        let _ = self.openssl.kill();
        let _ = self.openssl.wait();
    }
}

/// Carries what both sides say until both are done.
fn lead(visitor: &TcpStream, inner: SocketAddr) {
    let Ok(server) = TcpStream::connect(inner) else { return };
    let carry = |mut from: &TcpStream, mut to: &TcpStream| {
        let _ = from.set_read_timeout(Some(PATIENCE + Duration::from_secs(10)));
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    };
    thread::scope(|both| {
        both.spawn(|| carry(visitor, &server));
        carry(&server, visitor);
    });
}
