#!/usr/bin/env bash
# A Slurm cluster of this machine alone, on loopback, with all its files in one folder; as root.
#   slurm.sh start FOLDER    then: export SLURM_CONF=FOLDER/slurm.conf
#   slurm.sh stop FOLDER
# FOLDER and those above it are open to all, and its name is short, as munge wants it. Clusters
# side by side need ports of their own: SLURMCTLD_PORT and SLURMD_PORT.
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
SchedulerParameters=sched_interval=1
KillWait=5
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
# Two cores for jobs, whatever the machine has.
SlurmdParameters=config_overrides
NodeName=$name NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=two Nodes=$name Default=YES MaxTime=INFINITE State=UP
CONF
    munged --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
        --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" \
        --seed-file="$folder/munge.seed"
    slurmctld
    slurmd
    if ! within 60 is_up; then
        tail -n 50 "$folder"/*.log >&2
        return 1
    fi
}

stop() {
    if [ -f "$folder/slurmctld.pid" ]; then
        timeout 20 scancel --user=root || true
        within 20 is_idle || true
    fi
    for daemon in slurmd slurmctld munged; do
        if [ -f "$folder/$daemon.pid" ]; then
            end "$folder/$daemon.pid"
        fi
    done
}

is_up() {
    timeout 10 sinfo --noheader --format=%T 2>/dev/null | grep --quiet idle
}

is_idle() {
    [ -z "$(timeout 10 squeue --noheader)" ]
}

end() {
    local process
    process=$(cat "$1")
    kill "$process" 2>/dev/null || return 0
    within 20 is_gone "$1" || kill -KILL "$process" 2>/dev/null || true
}

# By the file, for nobody may be there to reap the process.
is_gone() {
    [ ! -f "$1" ]
}

within() {
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        if [ "$SECONDS" -ge "$until" ]; then
            return 1
        fi
        sleep 0.2
    done
}

"$command"
