#!/usr/bin/env bash
# A Slurm cluster of this machine alone, on loopback, with all its files in one folder; as root.
#   slurm.sh start FOLDER    then: export SLURM_CONF=FOLDER/slurm.conf
#   slurm.sh stop FOLDER
# Needs Debian's packages: apt-get install slurmctld slurmd slurm-client munge
set -euo pipefail
command=$1
folder=$(realpath --canonicalize-missing "$2")
export SLURM_CONF=$folder/slurm.conf

start() {
    mkdir -p "$folder/state" "$folder/spool"
    chmod 755 "$folder"
    local name
    name=$(hostname -s)
    dd if=/dev/urandom of="$folder/munge.key" bs=1 count=1024 status=none
    chmod 600 "$folder/munge.key"
    cat >"$SLURM_CONF" <<CONF
ClusterName=loopback
SlurmctldHost=$name(127.0.0.1)
SlurmctldPort=${SLURMCTLD_PORT:-26817}
SlurmdPort=${SLURMD_PORT:-26818}
SlurmUser=root
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
# Jobs that are queued again start after cred_expire seconds, two minutes unless told.
AuthInfo=socket=$folder/munge.socket,cred_expire=5
KillWait=5
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
NodeName=$name NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=two Nodes=$name Default=YES MaxTime=INFINITE State=UP
CONF
    munged --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
        --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" \
        --seed-file="$folder/munge.seed"
    slurmctld
    slurmd
    for _ in $(seq 120); do
        if sinfo --noheader --format=%T 2>/dev/null | grep --quiet idle; then
            return
        fi
        sleep 1
    done
    cat "$folder"/*.log >&2
    return 1
}

stop() {
    scancel --user=root || true
    for daemon in slurmd slurmctld munged; do
        if [ -f "$folder/$daemon.pid" ]; then
            kill "$(cat "$folder/$daemon.pid")" || true
        fi
    done
}

"$command"
