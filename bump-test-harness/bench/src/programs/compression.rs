//! Compresses the files of an archive one by one, and unpacks it again.

use std::hint::black_box;

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib;

pub(crate) fn run(files: &[String]) {
    let mut archive = Vec::new();
    for (n, file) in files.iter().enumerate() {
        let packed = compress_to_vec_zlib(file.as_bytes(), 1 + n as u8 % 6);
        archive.push((format!("{n}.txt"), packed));
    }
    let mut unpacked = Vec::new();
    for (name, packed) in &archive {
        unpacked.push((name.clone(), decompress_to_vec_zlib(packed).unwrap()));
    }
    for ((_, text), file) in unpacked.iter().zip(files) {
        assert_eq!(text, file.as_bytes());
    }
    black_box((archive, unpacked));
}
