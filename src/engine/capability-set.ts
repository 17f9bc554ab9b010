// Pure: which capabilities root can ever have on this machine, against those that the kernel knows.

// In the order of their bits: capability.h of Linux.
const names = [
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE',
  'NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT',
  'SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE',
  'AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ',
  'PERFMON BPF CHECKPOINT_RESTORE',
]
  .join(' ')
  .split(' ');

/**
 * Capabilities missing from a bounding set: 'CAP_SYS_RESOURCE'. `docker run --privileged` asks for every one that
 * the kernel knows, and runc refuses when one cannot be had.
 * @param processStatus content of /proc/self/status
 * @param lastCapability content of /proc/sys/kernel/cap_last_cap
 */
export function missingCapabilities(processStatus: string, lastCapability: string): string[] {
  const digits = /^CapBnd:\s*([0-9a-fA-F]+)$/m.exec(processStatus)?.[1];
  const last = Number.parseInt(lastCapability, 10);
  if (digits === undefined || !Number.isSafeInteger(last)) return [];
  const bits = BigInt(`0x${digits}`);
  const missing: string[] = [];
  for (let bit = 0; bit <= last; bit++) {
    if ((bits >> BigInt(bit)) % 2n === 0n) missing.push(`CAP_${names[bit] ?? bit}`);
  }
  return missing;
}
