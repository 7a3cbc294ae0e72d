/**
 * What takes the subjects of a case, band by band.
 *
 * @module
 */
import type { Band } from "../export/resample.ts";
import type { Subject } from "../preprocess/subject.ts";

/** Subjects come in any order; each section belongs to one. */
export interface BandSink {
	/** Before the bands of a subject: what was cropped away is background. */
	begin(subject: Subject): void;
	/** Adds rows of a subject at the image's own spacing; their values may be changed. */
	add(subject: Subject, band: Band): void;
}
