#!/bin/bash
# A task of {{name}}: one of {{shards}} shares of {{job}}
{{directives}}

# The share of this task. An array that is longer than SLURM allows is cut; the first share of a later part is given.
shard=$((${1:-0} + SLURM_ARRAY_TASK_ID))
echo "nnvol: share $shard of {{shards}}, job ${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID} on ${SLURMD_NODENAME:-$(hostname)}, start $((${SLURM_RESTART_COUNT:-0} + 1)), $(date)"

# A task puts itself back into the queue at its time limit, so many times.
export NNVOL_SLURM_REQUEUES={{requeues}}
{{setup}}

# nnvol takes the place of this shell, so that it gets SLURM's signals itself: USR2 before the time limit, TERM at the end.
exec {{command}} work --plan {{job}} --shard "$shard/{{shards}}"{{options}}
