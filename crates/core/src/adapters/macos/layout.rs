//! What is taken from Apple's headers by hand or through libc, held against the headers themselves.
//!
//! Here the compiler compares our side with these numbers; `tools/macos/layout` reads this file and lets a C compiler
//! compare the headers with them. One line a fact, since it is read line by line. Not here: any use of them.

use std::mem::{offset_of, size_of};

use super::processes::{ANY_REGION, FOR_WRITING, Region, VNODE_FACTS, VNODE_PATH_INFO, VnodeDescriptor, VnodeFacts};
use super::{EXTENDED, EXTENDED_FLAGS, MAY_SHARE, PRIVATE_SIZE, PrivateSize};

macro_rules! layout {
    ($(size $c:literal = $ours:ty: $size:literal;)+ $(field $owner:literal . $theirs:ident = $our:ty, $($name:ident).+: $at:literal;)+ $(value $constant:literal = $value:path: $number:literal;)+) => {
        $(const _: () = assert!(size_of::<$ours>() == $size);)+
        $(const _: () = assert!(offset_of!($our, $($name).+) == $at);)+
        $(const _: () = assert!($value == $number);)+
    };
}

layout! {
    size "struct stat" = libc::stat: 144;
    size "struct proc_fdinfo" = libc::proc_fdinfo: 8;
    size "struct proc_bsdshortinfo" = libc::proc_bsdshortinfo: 64;
    size "struct vnode_fdinfowithpath" = VnodeDescriptor: 1200;
    size "struct proc_regionwithpathinfo" = Region: 1272;
    size "struct attrlist" = libc::attrlist: 24;
    size "struct flock" = libc::flock: 24;
    size "struct { u_int32_t length; attribute_set_t returned; off_t bytes; u_int64_t flags; } __attribute__((packed, aligned(4)))" = PrivateSize: 40;
    size "struct vnode_fdinfo" = VnodeFacts: 176;
    field "struct stat".st_ino = libc::stat, st_ino: 8;
    field "struct stat".st_flags = libc::stat, st_flags: 116;
    field "struct proc_fdinfo".proc_fdtype = libc::proc_fdinfo, proc_fdtype: 4;
    field "struct proc_bsdshortinfo".pbsi_comm = libc::proc_bsdshortinfo, pbsi_comm: 16;
    field "struct proc_bsdshortinfo".pbsi_uid = libc::proc_bsdshortinfo, pbsi_uid: 36;
    field "struct vnode_fdinfo".pvi = VnodeFacts, vnode: 24;
    field "struct proc_fileinfo".fi_openflags = VnodeFacts, flags: 0;
    field "attribute_set_t".forkattr = libc::attribute_set_t, forkattr: 16;
    field "struct vnode_fdinfowithpath".pvip = VnodeDescriptor, vnode: 24;
    field "struct proc_regioninfo".pri_address = Region, address: 80;
    field "struct proc_regioninfo".pri_size = Region, size: 88;
    field "struct proc_regionwithpathinfo".prp_vip = Region, vnode: 96;
    field "struct vnode_info_path".vip_path = libc::vnode_info_path, vip_path: 152;
    field "struct vnode_info".vi_stat = libc::vnode_info, vi_stat: 0;
    field "struct vinfo_stat".vst_dev = libc::vinfo_stat, vst_dev: 0;
    field "struct vinfo_stat".vst_ino = libc::vinfo_stat, vst_ino: 8;
    field "struct attrlist".forkattr = libc::attrlist, forkattr: 20;
    field "struct flock".l_type = libc::flock, l_type: 20;
    field "struct flock".l_pid = libc::flock, l_pid: 16;
    value "PROC_PIDLISTFDS" = libc::PROC_PIDLISTFDS: 1;
    value "PROC_PIDT_SHORTBSDINFO" = libc::PROC_PIDT_SHORTBSDINFO: 13;
    value "PROC_PIDFDVNODEINFO" = VNODE_FACTS: 1;
    value "PROC_PIDFDVNODEPATHINFO" = VNODE_PATH_INFO: 2;
    value "PROC_PIDREGIONPATHINFO" = ANY_REGION: 8;
    value "PROX_FDTYPE_VNODE" = libc::PROX_FDTYPE_VNODE: 1;
    value "PROC_PIDPATHINFO_MAXSIZE" = libc::PROC_PIDPATHINFO_MAXSIZE: 4096;
    value "ATTR_BIT_MAP_COUNT" = libc::ATTR_BIT_MAP_COUNT: 5;
    value "ATTR_CMNEXT_PRIVATESIZE" = PRIVATE_SIZE: 8;
    value "ATTR_CMNEXT_EXT_FLAGS" = EXTENDED_FLAGS: 512;
    value "EF_MAY_SHARE_BLOCKS" = MAY_SHARE: 1;
    value "FSOPT_ATTR_CMN_EXTENDED" = EXTENDED: 32;
    value "O_EVTONLY" = libc::O_EVTONLY: 0x8000;
    value "FWRITE" = FOR_WRITING: 2;
    value "F_GETLK" = libc::F_GETLK: 7;
    value "F_WRLCK" = libc::F_WRLCK: 3;
    value "F_UNLCK" = libc::F_UNLCK: 2;
    value "F_FULLFSYNC" = libc::F_FULLFSYNC: 51;
    value "UF_IMMUTABLE" = libc::UF_IMMUTABLE: 2;
    value "UF_APPEND" = libc::UF_APPEND: 4;
    value "SF_IMMUTABLE" = libc::SF_IMMUTABLE: 0x20000;
    value "SF_APPEND" = libc::SF_APPEND: 0x40000;
    value "MNT_RDONLY" = libc::MNT_RDONLY: 1;
    value "ESRCH" = libc::ESRCH: 3;
    value "EINVAL" = libc::EINVAL: 22;
}
