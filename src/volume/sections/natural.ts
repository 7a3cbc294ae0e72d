/**
 * The order of names in which numbers count as numbers: `z2.png` before `z10.png`.
 *
 * @module
 */

/** Less than 0 where `a` comes before `b`. Names that differ in leading zeros alone are put in the order of their letters. */
export function compareNaturally(a: string, b: string): number {
	const [as, bs] = [pieces(a), pieces(b)];
	for (let i = 0; i < Math.min(as.length, bs.length); i++) {
		const order = comparePieces(as[i] ?? "", bs[i] ?? "");
		if (order !== 0) return order;
	}
	return as.length - bs.length || compareText(a, b);
}

function pieces(name: string): readonly string[] {
	return name.match(/\d+|\D+/g) ?? [];
}

function comparePieces(a: string, b: string): number {
	if (!/^\d/.test(a) || !/^\d/.test(b)) return compareText(a, b);
	const [m, n] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
	return m.length - n.length || compareText(m, n);
}

function compareText(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
