#!/bin/bash
# Plans {{name}}: what its tasks share
{{directives}}

echo "nnvol: planning, job $SLURM_JOB_ID on ${SLURMD_NODENAME:-$(hostname)}, $(date)"
{{setup}}

exec {{command}} plan{{options}} --save {{job}}
