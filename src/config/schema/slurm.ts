/**
 * Section `slurm`: how a run is submitted to SLURM (`nnvol slurm submit`). Nothing of it changes what is written.
 *
 * Texts end up in scripts of a shell, so none may hold a line break.
 *
 * @module
 */
import { z } from "zod";
import { field } from "./field.ts";
import { count } from "./values.ts";

/** One line of printable text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const line = z.string().regex(/^[^\u0000-\u001f\u007f]+$/);

/** A name that `sbatch` takes as one word, or a list of names with commas. */
const word = z.string().regex(/^[\w.,:+@/-]+$/);

/** One line, or a list of lines; a list once parsed. */
const lines = z.union([line.transform((one) => [one]), z.array(line)]);

/** Minutes, M:S, H:M:S, D-H, D-H:M, D-H:M:S: the forms of `sbatch --time`. */
const duration = z.string().regex(/^(\d+-\d+(:\d+){0,2}|\d+(:\d+){0,2}|UNLIMITED|INFINITE)$/i);

/** A number with a unit, as `sbatch --mem` takes it; `16GB` is `16G` once parsed. */
const memory = z
	.string()
	.regex(/^\d+([KMGT]B?)?$/i)
	.transform((size) => size.replace(/b$/i, "").toUpperCase());

const gpus = z.union([count, z.string().regex(/^[\w.-]+:\d+$/)]);

const finishSchema = z
	.strictObject({
		partition: field(word.nullable(), null, {
			text: "Partition of the jobs that plan and finish: one for processors, where that of the tasks is for graphics cards.",
			expects: "the name of a partition, or null",
			shown: "that of the tasks",
			isText: true,
		}),
		time: field(duration.nullable(), null, {
			text: "Their time limit.",
			expects: "a time such as 4:00:00, 2-12 or 90 (minutes), or null",
			shown: "that of the tasks",
			isText: true,
		}),
		cpus: field(z.int().min(1).nullable(), null, {
			text: "Their processor cores.",
			expects: "a whole number of 1 or more, or null",
			shown: "those of a task",
		}),
		mem: field(memory.nullable(), null, {
			text: "Their memory.",
			expects: "a size such as 16G, or null",
			shown: "that of a task",
			isText: true,
		}),
	})
	.prefault({})
	.describe("The jobs before and after the tasks, which use no graphics card.");

/** How a run is submitted to SLURM. */
export const slurmSchema = z
	.strictObject({
		tasks: field(z.int().min(1).max(1_000_000), 8, {
			text: "Tasks of the array: so many shares is the work cut into. Each is one process on one graphics card.",
			expects: "a whole number of 1 or more",
		}),
		max_parallel: field(z.int().min(1).nullable(), null, {
			text: "Most tasks that run at a time.",
			expects: "a whole number of 1 or more, or null",
			shown: "as many as SLURM lets",
		}),
		partition: field(word.nullable(), null, {
			text: "Partition of the tasks.",
			expects: "the name of a partition, or null",
			shown: "SLURM's own default",
			isText: true,
		}),
		account: field(word.nullable(), null, {
			text: "Account that is charged.",
			expects: "the name of an account, or null",
			shown: "SLURM's own default",
			isText: true,
		}),
		qos: field(word.nullable(), null, {
			text: "Quality of service.",
			expects: "its name, or null",
			shown: "SLURM's own default",
			isText: true,
		}),
		constraint: field(line.nullable(), null, {
			text: "Features that nodes must have.",
			expects: "features as sbatch takes them, or null",
			shown: "none",
			isText: true,
			example: "a100|h100",
		}),
		time: field(duration.nullable(), null, {
			text: "Time limit of a task. A task that reaches it is put back into the queue and goes on, so it need not be enough for the whole share.",
			expects: "a time such as 4:00:00, 2-12 or 90 (minutes), or null",
			shown: "the partition's",
			isText: true,
			example: "4:00:00",
		}),
		gpus_per_task: field(gpus.nullable(), null, {
			text: "Graphics cards of a task, with their type where that matters: `a100:1`. 0 where the network runs on processors.",
			expects: "a whole number of 0 or more, TYPE:NUMBER, or null",
			shown: "1; 0 where `system.num_gpus` is 0 or `system.device` is cpu",
			example: "a100:1",
		}),
		cpus_per_task: field(z.int().min(1).nullable(), null, {
			text: "Processor cores of a task.",
			expects: "a whole number of 1 or more, or null",
			shown: "`system.num_cpus`",
		}),
		mem: field(memory.nullable(), null, {
			text: "Memory of a task. Where `system.memory` is not set the run keeps to four fifths of it.",
			expects: "a size such as 16G, or null",
			shown: "the partition's",
			isText: true,
			example: "32G",
		}),
		signal: field(count, 120, {
			text: "Seconds before its time limit at which a task is told to stop, so that it leaves cleanly and is put back into the queue; 0 for never. SLURM may be a minute early.",
			expects: "a whole number of 0 or more",
		}),
		requeue: field(z.boolean(), true, {
			text: "Whether tasks are put back into the queue: at their time limit, when they are preempted, when their node fails.",
			expects: "true or false",
		}),
		max_requeues: field(count, 50, {
			text: "Most times that a task puts itself back, so that one that gets nowhere ends.",
			expects: "a whole number of 0 or more",
		}),
		claims: field(z.boolean(), false, {
			text: "Whether tasks that are done go on with what others have not begun: for volumes of very different sizes.",
			expects: "true or false",
		}),
		setup: field(lines, [], {
			text: "Lines of shell that are run first on each node: modules to load, environments to enter.",
			expects: "a line, or a list of lines",
			example: "[module load cuda, export TMPDIR=/scratch]",
		}),
		options: field(lines, [], {
			text: "Further options of `sbatch`, one each, which win over those above.",
			expects: "an option, or a list of options such as --exclude=n7",
			example: "[--exclude=n7, --mail-type=END]",
		}),
		name: field(word.nullable(), null, {
			text: "Name of the jobs in the queue.",
			expects: "a word, or null",
			shown: "`nnvol`",
			isText: true,
		}),
		command: field(line.nullable(), null, {
			text: "How nodes start nnvol, such as within a container: `apptainer exec --nv nnvol.sif nnvol`. It must hand signals on.",
			expects: "a command, or null",
			shown: "the nnvol that submits, by its full path",
			isText: true,
		}),
		templates: field(line.nullable(), null, {
			text: "Folder of a site's own `plan.sh`, `array.sh`, `finish.sh`; those that it lacks are nnvol's, in its folder `slurm/`.",
			expects: "the path of a folder, or null",
			shown: "nnvol's own",
			isText: true,
		}),
		folder: field(line.nullable(), null, {
			text: "Folder that holds a folder for each submission: plan, scripts, job ids. All nodes must see it.",
			expects: "the path of a folder, or null",
			shown: "`.nnvol/slurm` of the output folder",
			isText: true,
		}),
		logs: field(line.nullable(), null, {
			text: "Folder of the logs.",
			expects: "the path of a folder, or null",
			shown: "`logs` in the folder of the submission",
			isText: true,
		}),
		finish: finishSchema,
	})
	.prefault({})
	.describe("How a run is submitted to SLURM: `nnvol slurm submit` ([cluster.md](cluster.md#slurm)).");
