#!/bin/bash
# Finishes {{name}}: puts together what the tasks have done, and writes one report
{{directives}}

echo "nnvol: finishing, job $SLURM_JOB_ID on ${SLURMD_NODENAME:-$(hostname)}, $(date)"
{{setup}}

exec {{command}} finish --plan {{job}}{{options}}
