//! Boot images: one small ISO image for each host, made without any external program. With a master
//! boot record, the same ISO is the image of a disk.
//!
//! The bytes of an image depend only on the boot loaders and the host's script: there is no clock,
//! no randomness and no file access. Every date in an image is 1980-01-01, the earliest date that
//! FAT can store.
//!
//! ```text
//! sector of 2,048 bytes
//!  0  system area                          (ECMA-119 6.2.1)
//!       | zeros, or a master boot record    (UEFI Specification 5.2.1)
//! 16  primary volume descriptor            (ECMA-119 8.4)
//! 17  boot record, points to the catalogue (El Torito 1.0, figure 7)
//! 18  volume descriptor set terminator     (ECMA-119 8.3)
//! 19  boot catalogue: BIOS and UEFI entry  (El Torito 1.0, figures 2 to 5)
//! 20  path table, little endian            (ECMA-119 9.4)
//! 21  path table, big endian
//! 22  root directory                       (ECMA-119 9.1)
//! 23  ISOLINUX.BIN   BIOS boots this, with its boot information table filled in
//!     ISOLINUX.CFG   names the next three files
//!     LDLINUX.C32
//!     IPXE.KRN       iPXE for BIOS, takes SCRIPT.IPX as its initrd
//!     EFI.IMG        UEFI boots this: a FAT volume
//!       | boot sector, two tables, root directory
//!       | \EFI, \EFI\BOOT
//!       | \autoexec.ipxe  == SCRIPT.IPX, the only bytes that differ between hosts
//!       | \EFI\BOOT\BOOTX64.EFI, and BOOTAA64.EFI where wanted
//!     zeros up to a whole MiB, on a disk
//! ```
//!
//! The script is stored once. An ISO 9660 file and a FAT file share its region of [`REGION_LEN`]
//! bytes, which works because the clusters of the FAT volume coincide with sectors of the ISO. No
//! checksum covers the region. Therefore everything else is encoded once, in a [`Layout`], and
//! shared by any number of images.
//!
//! # Example
//!
//! ```
//! use bytes::Bytes;
//! use ipxe_orch_core::image::{Bootloaders, Layout};
//!
//! # fn main() -> Result<(), ipxe_orch_core::image::ImageError> {
//! # let file = |len| Bytes::from(vec![0x90; len]);
//! # let (isolinux, ldlinux, ipxe_bios, ipxe_efi_x64) = (file(38_912), file(100), file(200), file(300));
//! let layout = Layout::new(&Bootloaders::new(isolinux, ldlinux, ipxe_bios, ipxe_efi_x64))?;
//! let image = layout.plan("#!ipxe\necho hello\n")?.image();
//!
//! let mut whole = Vec::new();
//! for chunk in image.chunks(0..image.len()) {
//!     whole.extend_from_slice(&chunk);
//! }
//! assert_eq!(whole.len() % 2048, 0);
//!
//! let mut first_line = [0; 6];
//! image.read_at(image.region().start, &mut first_line);
//! assert_eq!(&first_line, b"#!ipxe");
//! # Ok(())
//! # }
//! ```

mod boot_info;
mod bootloaders;
mod builder;
mod default_loader;
mod disc;
mod eltorito;
mod error;
mod extent;
mod fat;
mod iso9660;
mod layout;
mod mbr;
mod medium;
mod num;
mod part;
mod plan;

pub use bootloaders::Bootloaders;
pub use builder::ImageBuilder;
pub use default_loader::DefaultLoader;
pub use disc::{Chunks, Image};
pub use error::ImageError;
pub use extent::Extent;
pub use layout::Layout;
pub use medium::Medium;
pub use plan::{ImagePlan, REGION_LEN};
