/**
 * A SLURM cluster for tests: several nodes on this machine, as an ordinary user, everything in one temporary folder.
 *
 * Each node is a `slurmd` with a port of its own on 127.0.0.1. A node's graphics cards are links to /dev/null: SLURM counts them
 * and sets CUDA_VISIBLE_DEVICES, nothing is behind them. Needs the packages `slurm-wlm` and `munge`.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const NEEDED = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "sinfo"];
const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;

/** Why no cluster can be had here; undefined where one can. */
export function whyNoCluster(): string | undefined {
	if (process.platform !== "linux") return "SLURM is for Linux";
	const missing = NEEDED.filter((name) => !PATH.split(":").some((folder) => existsSync(join(folder, name))));
	return missing.length === 0 ? undefined : `${missing.join(", ")} missing: apt-get install slurm-wlm munge`;
}

/** How a cluster is made. */
export type ClusterSpec = {
	readonly nodes?: number;
	readonly cpus?: number;
	readonly gpus?: number;
	/** Further lines of slurm.conf. */
	readonly settings?: readonly string[];
};

/** A running cluster. */
export type Cluster = {
	readonly folder: string;
	/** Environment of programs that talk to it. */
	readonly env: Readonly<Record<string, string>>;
	/** Runs a program of SLURM's; gives what it says. @throws where it fails */
	readonly run: (...words: readonly string[]) => string;
	/** Kills the daemon of a node and those that watch over its jobs, as if the machine had gone. */
	readonly killNode: (node: string) => void;
	/** Starts the daemon of a node again. */
	readonly startNode: (node: string) => void;
	readonly stop: () => Promise<void>;
};

/** Starts a cluster. @throws where it does not come up, with what its logs say last */
export async function startCluster({
	nodes = 4,
	cpus = 2,
	gpus = 2,
	settings = [],
}: ClusterSpec = {}): Promise<Cluster> {
	const folder = mkdtempSync(join(tmpdir(), "nnvol-slurm-"));
	spawnSync("chmod", ["755", folder]); // munged refuses a folder that others cannot enter
	for (const name of ["log", "state", "dev", "spool"]) mkdirSync(join(folder, name));
	const conf = join(folder, "slurm.conf");
	const env = { ...filledEnv(), SLURM_CONF: conf, PATH };
	writeConfig(folder, { nodes, cpus, gpus, settings }, await freePorts(nodes + 1));
	writeFileSync(join(folder, "munge.key"), randomBytes(64), { mode: 0o600 });
	const cluster = clusterIn(folder, env);
	try {
		const munge = [
			"key-file=munge.key",
			"socket=munge.sock",
			"pid-file=munged.pid",
			"log-file=log/munged.log",
			"seed-file=munged.seed",
		];
		must(
			env,
			"munged",
			...munge.map((one) => one.replace(/^(.*)=(.*)$/, (_, name, file) => `--${name}=${join(folder, file)}`)),
		);
		must(env, "slurmctld");
		for (let n = 1; n <= nodes; n++) cluster.startNode(`n${n}`);
		await until("all nodes are up", () => idleNodes(cluster) === nodes, 60_000);
		return cluster;
	} catch (error) {
		const said = spawnSync("tail", [
			"-n",
			"5",
			...["slurmctld", "slurmd-n1", "munged"].map((name) => join(folder, "log", `${name}.log`)),
		]);
		await cluster.stop();
		throw new Error(`no cluster: ${String(error)}\n${said.stdout.toString()}`);
	}
}

/** Waits for something to be true. @throws after `milliseconds` */
export async function until(
	what: string,
	isTrue: () => boolean | Promise<boolean>,
	milliseconds: number,
): Promise<void> {
	const end = Date.now() + milliseconds;
	while (!(await isTrue())) {
		if (Date.now() > end) throw new Error(`not within ${milliseconds / 1000} s: ${what}`);
		await pause(100);
	}
}

function clusterIn(folder: string, env: Record<string, string>): Cluster {
	const run = (...words: readonly string[]) => must(env, ...words);
	return {
		folder,
		env,
		run,
		killNode: (node) => {
			kill([pidOf(join(folder, `slurmd-${node}.pid`))], "SIGKILL");
			kill(stepsOf(node, folder), "SIGKILL");
		},
		startNode: (node) => {
			mkdirSync(join(folder, "spool", node), { recursive: true });
			must(env, "slurmd", "-N", node);
		},
		stop: async () => {
			spawnSync("scancel", ["--full", `--user=${userInfo().username}`], { env });
			await pause(500);
			const files = spawnSync("sh", ["-c", 'ls "$1"/*.pid', "sh", folder]).stdout.toString().trim().split("\n");
			const pids = [...files.filter((file) => !file.endsWith("munged.pid")), join(folder, "munged.pid")].map(pidOf);
			kill(pids, "SIGTERM");
			await until("daemons have ended", () => pids.every((pid) => !isAlive(pid)), 10_000).catch(() =>
				kill(pids, "SIGKILL"),
			);
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

function idleNodes(cluster: Cluster): number {
	const lines = cluster.run("sinfo", "-h", "-t", "idle", "-o", "%D").split("\n");
	return lines.reduce((sum, line) => sum + Number(line), 0);
}

/** SLURM reads one setting to a line. */
function writeConfig(
	folder: string,
	{ nodes, cpus, gpus, settings }: Required<ClusterSpec>,
	ports: readonly number[],
): void {
	const { username } = userInfo();
	const [control = 0, ...own] = ports;
	for (let gpu = 0; gpu < gpus; gpu++) symlinkSync("/dev/null", join(folder, "dev", `gpu${gpu}`));
	const gres = gpus === 0 ? "" : ` Gres=gpu:${gpus}`;
	if (gpus > 0)
		writeFileSync(join(folder, "gres.conf"), `NodeName=n[1-${nodes}] Name=gpu File=${folder}/dev/gpu[0-${gpus - 1}]\n`);
	const lines = [
		"ClusterName=test",
		`SlurmctldHost=${hostname().split(".")[0]}(127.0.0.1)`,
		`SlurmctldPort=${control}`,
		`SlurmUser=${username}`,
		`SlurmdUser=${username}`,
		`AuthInfo=socket=${folder}/munge.sock`,
		`StateSaveLocation=${folder}/state`,
		`SlurmdSpoolDir=${folder}/spool/%n`,
		`SlurmctldPidFile=${folder}/slurmctld.pid`,
		`SlurmdPidFile=${folder}/slurmd-%n.pid`,
		`SlurmctldLogFile=${folder}/log/slurmctld.log`,
		`SlurmdLogFile=${folder}/log/slurmd-%n.log`,
		"JobAcctGatherType=jobacct_gather/none",
		"ProctrackType=proctrack/linuxproc",
		"TaskPlugin=task/none",
		"MailProg=/bin/true",
		"SelectType=select/cons_tres",
		"SelectTypeParameters=CR_Core",
		"SlurmdParameters=config_overrides",
		"SchedulerParameters=sched_interval=1,bf_interval=1",
		"ReturnToService=2",
		"SlurmdTimeout=10",
		"KillWait=5",
		...(gpus > 0 ? ["GresTypes=gpu"] : []),
		...settings,
		...own.map(
			(port, n) =>
				`NodeName=n${n + 1} NodeHostname=${hostname().split(".")[0]} NodeAddr=127.0.0.1 Port=${port} CPUs=${cpus}${gres}`,
		),
		"PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP",
	];
	writeFileSync(join(folder, "slurm.conf"), `${lines.join("\n")}\n`);
}

async function freePorts(count: number): Promise<number[]> {
	const servers = await Promise.all(
		Array.from({ length: count }, async () => {
			const server = createServer();
			await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
			return server;
		}),
	);
	const ports = servers.map((server) => {
		const address = server.address();
		return typeof address === "object" && address !== null ? address.port : 0;
	});
	await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
	return ports;
}

function must(env: Record<string, string>, ...words: readonly string[]): string {
	const [name = "", ...args] = words;
	const { status, stdout, stderr, error } = spawnSync(name, args, { env, encoding: "utf8" });
	if (status === 0) return stdout.trim();
	throw new Error(`${words.join(" ")} ended with ${status}: ${stderr}${stdout}${error?.message ?? ""}`);
}

/** Processes that watch over the jobs of a node: `slurmstepd` of its daemon's spool folder. */
function stepsOf(node: string, folder: string): number[] {
	const lines = spawnSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).stdout.split("\n");
	return lines.flatMap((line) => {
		const [, pid, args = ""] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
		return pid !== undefined && args.startsWith("slurmstepd:") && isOf(Number(pid), node, folder) ? [Number(pid)] : [];
	});
}

function isOf(pid: number, node: string, folder: string): boolean {
	const held = spawnSync(
		"sh",
		["-c", 'ls -l "/proc/$1/fd" 2>/dev/null; cat "/proc/$1/environ" 2>/dev/null', "sh", String(pid)],
		{ encoding: "utf8" },
	);
	return held.stdout.includes(`${folder}/log/slurmd-${node}.log`) || held.stdout.includes(`${folder}/spool/${node}/`);
}

function pidOf(file: string): number {
	try {
		return Number(readFileSync(file, "utf8").trim());
	} catch {
		return Number.NaN;
	}
}

function isAlive(pid: number): boolean {
	return Number.isInteger(pid) && existsSync(`/proc/${pid}`);
}

function kill(pids: readonly number[], signal: NodeJS.Signals): void {
	for (const pid of pids) {
		try {
			if (isAlive(pid)) process.kill(pid, signal);
		} catch {
			// it has ended by itself
		}
	}
}

function filledEnv(): Record<string, string> {
	const entries = Object.entries(process.env).flatMap(([name, value]) =>
		value === undefined ? [] : [[name, value] as const],
	);
	return Object.fromEntries(entries.filter(([name]) => !/^(SLURM|SBATCH)_/.test(name)));
}
