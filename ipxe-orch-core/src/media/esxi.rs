//! The list of files that ESXi's boot loader loads, changed for a boot over the network.
//!
//! The keys are described by `mboot/config.c` of `VMware`'s esx-boot.

/// Changes the `boot.cfg` of a disc so that `mboot.efi` finds all files next to it. The names
/// become relative, and without `prefix` they are relative to the folder of this file. The option
/// that makes the installer look for a disc is removed.
pub(super) fn netboot(config: &str) -> String {
    let mut made = String::new();
    for line in config.lines() {
        let Some((key, value)) = line.split_once('=') else { continue };
        let words = value.split_ascii_whitespace();
        let value: Vec<&str> = match key.trim() {
            "prefix" => continue,
            "kernel" | "crypto" | "modules" | "acpitables" => {
                words.map(|word| word.trim_start_matches('/')).collect()
            }
            "kernelopt" => words.filter(|word| *word != "cdromBoot").collect(),
            _ => words.collect(),
        };
        made.push_str(key.trim());
        made.push('=');
        made.push_str(&value.join(" "));
        made.push('\n');
    }
    made
}

#[cfg(test)]
mod tests {
    use super::netboot;

    #[test]
    fn names_become_relative() {
        let disc = "bootstate=0\r\ntitle=Loading ESXi installer\r\ntimeout=5\r\nprefix=\r\n\
            kernel=/b.b00\r\nkernelopt=runweasel cdromBoot\r\n\
            modules=/jumpstrt.gz --- /useropts.gz --- /k.b00\r\nbuild=8.0.2-0.0.22380479\r\n\r\n";
        let made = "bootstate=0\ntitle=Loading ESXi installer\ntimeout=5\nkernel=b.b00\n\
            kernelopt=runweasel\nmodules=jumpstrt.gz --- useropts.gz --- k.b00\n\
            build=8.0.2-0.0.22380479\n";
        assert_eq!(netboot(disc), made);
        assert_eq!(netboot(made), made);
    }
}
