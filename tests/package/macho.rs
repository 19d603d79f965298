//! A program for macOS, as the loader sees it: what it is for and what it asks for.

use std::path::Path;

use object::macho::{LC_CODE_SIGNATURE, LC_RPATH, MH_PIE, MachHeader64, N_STAB, N_TYPE, N_UNDF};
use object::read::macho::{FatArch as _, LoadCommandVariant, MachHeader as _, MachOFatFile32, Nlist as _};
use object::{Endianness, FileKind, Object as _};

/// A program with a part for each kind of processor.
pub(crate) struct Program {
    pub(crate) slices: Vec<Slice>,
}

/// The part for one kind of processor.
pub(crate) struct Slice {
    /// As Apple's tools call it.
    pub(crate) architecture: String,
    pub(crate) platform: u32,
    /// Oldest macOS that the loader lets it run on.
    pub(crate) oldest: String,
    pub(crate) position_independent: bool,
    /// Libraries by their install names, in the order that symbols count them in.
    pub(crate) libraries: Vec<String>,
    pub(crate) undefined: Vec<Asked>,
    /// The whole part, signature and all.
    pub(crate) bytes: Vec<u8>,
    /// Where the signature begins in it.
    pub(crate) signature: usize,
}

/// A name that the loader looks for.
pub(crate) struct Asked {
    pub(crate) name: String,
    /// The library that it must come from; none when any may have it.
    pub(crate) library: Option<String>,
}

impl Program {
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let slices = match FileKind::parse(&*bytes).expect("a program") {
            FileKind::MachOFat32 => {
                let fat = MachOFatFile32::parse(&*bytes).expect("a fat file");
                fat.arches().iter().map(|part| Slice::read(part.data(&*bytes).expect("a part"))).collect()
            }
            FileKind::MachO64 => vec![Slice::read(&bytes)],
            other => panic!("{}: {other:?}", path.display()),
        };
        Self { slices }
    }
}

impl Slice {
    fn read(bytes: &[u8]) -> Self {
        let header = MachHeader64::<Endianness>::parse(bytes, 0).expect("a header");
        let endian = header.endian().expect("an order of bytes");
        let file = object::File::parse(bytes).expect("a program");
        let mut slice = Self {
            architecture: format!("{:?}", file.architecture()),
            platform: 0,
            oldest: String::new(),
            position_independent: header.flags(endian) & MH_PIE != 0,
            libraries: Vec::new(),
            undefined: Vec::new(),
            bytes: bytes.to_vec(),
            signature: 0,
        };
        let mut symbols = None;
        let mut commands = header.load_commands(endian, bytes, 0).expect("commands");
        while let Some(command) = commands.next().expect("a command") {
            assert_ne!(command.cmd(), LC_RPATH, "libraries would be looked for elsewhere, too");
            match command.variant().expect("a command") {
                LoadCommandVariant::BuildVersion(build) => {
                    slice.platform = build.platform.get(endian);
                    let version = build.minos.get(endian);
                    slice.oldest = format!("{}.{}", version >> 16, (version >> 8) & 0xff);
                }
                LoadCommandVariant::Dylib(library) => {
                    let name = command.string(endian, library.dylib.name).expect("a name");
                    slice.libraries.push(String::from_utf8_lossy(name).into_owned());
                }
                LoadCommandVariant::Symtab(table) => {
                    symbols = Some(table.symbols::<MachHeader64<Endianness>, _>(endian, bytes).expect("symbols"));
                }
                LoadCommandVariant::LinkeditData(data) if data.cmd.get(endian) == LC_CODE_SIGNATURE => {
                    slice.signature = data.dataoff.get(endian) as usize;
                }
                _ => {}
            }
        }
        let symbols = symbols.expect("a table of symbols");
        for symbol in symbols.iter().filter(|symbol| symbol.n_type() & (N_TYPE | N_STAB) == N_UNDF) {
            let name = symbol.name(endian, symbols.strings()).expect("a name");
            // Counted from 1; those past the last have meanings of their own, such as any library.
            let library = usize::from(symbol.library_ordinal(endian)).checked_sub(1);
            slice.undefined.push(Asked {
                name: String::from_utf8_lossy(name).into_owned(),
                library: library.and_then(|at| slice.libraries.get(at).cloned()),
            });
        }
        slice
    }
}
