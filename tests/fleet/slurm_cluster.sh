# SPDX-License-Identifier: GPL-3.0-or-later
# slurm_cluster.sh: sourced by tests: a Slurm of two nodes n1 and n2 on this host, in $scratch/slurm: its own munged,
# slurmctld and slurmd, on loopback and on ports that are free. Nothing of the host's own Slurm is used or touched.
# cluster_start, cluster_stop, and cluster_kill_node NAME, which ends all of a node at once, as a power cut does.
cluster="$scratch/slurm"

cluster_needs() {
  [ "$(id -u)" = 0 ] || skip slurm "only root can start slurmd"
  PATH="$PATH:/usr/sbin"
  for tool in slurmctld slurmd sbatch sinfo squeue scontrol munged; do
    need_tool $tool slurm
  done
}

free_ports() { # three of them
  python3 -c '
import socket
s = [socket.socket() for _ in range(3)]
for x in s: x.bind(("127.0.0.1", 0))
print(*(x.getsockname()[1] for x in s))'
}

cluster_conf() {
  set -- $(free_ports)
  memory=$(awk '/^MemTotal/{print int($2 / 1024 / 2)}' /proc/meminfo)
  cat >"$cluster/slurm.conf" <<CONF
ClusterName=hakmem
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$1
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$cluster/munge.socket
CredType=cred/munge
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool.%n
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd.%n.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=${SLURMD_TIMEOUT:-10}
InactiveLimit=0
KillWait=1
MinJobAge=300
SchedulerParameters=sched_interval=2
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$2 CPUs=1 RealMemory=$memory Feature=left State=UNKNOWN
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$3 CPUs=1 RealMemory=$memory Feature=right State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
  : >"$cluster/cgroup.conf"
}

wait_until() { # wait_until SECONDS COMMAND…
  left=$(($1 * 5)); shift
  while ! "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ $left -gt 0 ] || return 1
    sleep 0.2
  done
}
cluster_idle() { [ "$(sinfo -hN -o '%T' | sort -u)" = idle ]; }

cluster_start() {
  mkdir -m 755 "$cluster" "$cluster/state" "$cluster/spool.n1" "$cluster/spool.n2"
  chmod 755 "$scratch"
  (umask 077; head -c 1024 /dev/urandom >"$cluster/munge.key")
  export SLURM_CONF="$cluster/slurm.conf"
  cluster_conf
  munged --force --foreground --key-file="$cluster/munge.key" --socket="$cluster/munge.socket" \
    --pid-file="$cluster/munged.pid" --log-file="$cluster/munged.log" --seed-file="$cluster/munge.seed" \
    --num-threads=2 \
    >"$cluster/munged.out" 2>&1 &
  munged=$!
  wait_until 10 test -S "$cluster/munge.socket" || { cat "$cluster/munged.out" "$cluster/munged.log"; fail "munged"; }
  slurmctld -D -f "$SLURM_CONF" >"$cluster/slurmctld.out" 2>&1 &
  slurmctld=$!
  slurmd_start n1
  slurmd_start n2
  wait_until 30 cluster_idle || { sinfo -N; tail -n 5 "$cluster"/*.out; fail "the nodes do not come up"; }
}

# Processes of jobs on one of our nodes (NAME, or . for both): slurmstepd gives them our configuration and the node.
job_pids() {
  for p in /proc/[0-9]*; do
    grep -qzxF "SLURM_CONF=$cluster/slurm.conf" "$p/environ" 2>/dev/null &&
      grep -qzx "SLURMD_NODENAME=$1.*" "$p/environ" 2>/dev/null && echo "${p#/proc/}"
  done
}
# And the slurmstepd above them, which would report to the controller how they end.
step_pids() {
  for p in $(job_pids "$1"); do awk '/^PPid/{print $2}' "/proc/$p/status" 2>/dev/null; done | sort -un |
    while read -r p; do [ "$(cat "/proc/$p/comm" 2>/dev/null)" != slurmstepd ] || echo "$p"; done
}
kill_all() { for p; do kill -9 "$p" 2>/dev/null; done; }

slurmd_start() { # NAME
  slurmd -D -N "$1" -f "$SLURM_CONF" >>"$cluster/$1.out" 2>&1 &
  eval "slurmd_$1=\$!"
}

cluster_kill_node() {
  eval "kill -9 \$slurmd_$1"
  jobs=$(job_pids "$1") steps=$(step_pids "$1")
  kill_all $steps $jobs $(job_pids "$1")
}

cluster_stop() {
  jobs=$(job_pids .) steps=$(step_pids .)
  for p in ${slurmd_n1:-} ${slurmd_n2:-} ${slurmctld:-}; do kill "$p" 2>/dev/null; done
  kill_all $steps $jobs
  for p in ${slurmd_n1:-} ${slurmd_n2:-} ${slurmctld:-}; do wait "$p" 2>/dev/null; done
  [ -z "${munged:-}" ] || { kill "$munged" 2>/dev/null; wait "$munged" 2>/dev/null; }
  return 0
}
