"""Compare halescope's measures with the values that HMI's SHARP headers carry.

    python benchmarks/measure_sharp.py ../shared/data/sharp [--plot docs/figures/measure_sharp.png]

Prints, for each keyword, the correlation and the median ratio or difference over all files.
"""

from __future__ import annotations

import argparse
import re
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from halescope.geometry import HEMISPHERE_MM2
from halescope.measure.area import AREA_GAUSS
from halescope.measure.columns import measure_patch
from halescope.measure.inversion import GRID_MM, schrijver_r
from halescope.measure.sharp import sharp_patch

LARGEST_MU_ANGLE = 60.0


def load(path):
    """Return field, header and time of one file."""
    from astropy.io import fits

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with fits.open(path) as hdus:
            hdu = hdus[-1]
            hdu.verify("silentfix")
            header = {k: hdu.header[k] for k in dict.fromkeys(hdu.header) if k}
            field = np.asarray(hdu.data, np.float32)
    when = re.sub(r"(\.\d+)?_TAI$", "", str(header["T_REC"])).replace("_", " ")
    time = datetime.strptime(when, "%Y.%m.%d %H:%M:%S").replace(tzinfo=UTC)
    return field, header, time - timedelta(seconds=37)


def compare(path):
    """Return the pairs (ours, theirs) of one file, and its angle from disk centre."""
    field, header, time = load(path)
    patch = sharp_patch(field, header)
    ours = measure_patch(patch, time)
    strong = (np.abs(patch.radial) > AREA_GAUSS) & patch.inside
    area = float(strong.sum()) * patch.cell / HEMISPHERE_MM2 * 1e6
    step = max(1, round(GRID_MM / patch.pixel))
    sampled = schrijver_r((patch.radial * patch.mu)[::step, ::step], patch.pixel * step)[0]
    centers = [float(header[k]) for k in ("LONFWTPO", "LATFWTPO", "LONFWTNE", "LATFWTNE")]
    mean = np.radians((centers[1] + centers[3]) / 2)
    gap = np.hypot((centers[0] - centers[2]) * np.cos(mean), centers[1] - centers[3])
    pairs = {
        "USFLUX (Mx)": (ours["flux_unsigned"], float(header["USFLUX"])),
        "AREA_ACR (MSH)": (area, float(header["AREA_ACR"])),
        "R_VALUE (log10), averaged": (ours["r_value"], float(header["R_VALUE"])),
        "R_VALUE (log10), sampled": (sampled, float(header["R_VALUE"])),
        "LONFWTPO (deg)": (ours["positive_lon"], centers[0]),
        "LATFWTPO (deg)": (ours["positive_lat"], centers[1]),
        "LONFWTNE (deg)": (ours["negative_lon"], centers[2]),
        "LATFWTNE (deg)": (ours["negative_lat"], centers[3]),
        "centroid distance (Mm)": (ours["separation_mm"], float(np.radians(gap) * 695.7)),
    }
    middle = patch.mu.shape[0] // 2, patch.mu.shape[1] // 2
    return path.name, float(np.degrees(np.arccos(patch.mu[middle]))), pairs, ours


def summarize(rows):
    """Print one line for each keyword."""
    print(f"{'keyword':28s} {'n':>3s} {'r':>6s} {'median ours/theirs':>19s} {'median |diff|':>14s}")
    for name in rows[0][2]:
        pairs = [row[2][name] for row in rows if None not in row[2][name]]
        ours, theirs = np.array(pairs, float).T
        good = np.isfinite(ours) & np.isfinite(theirs)
        ours, theirs = ours[good], theirs[good]
        r = np.corrcoef(ours, theirs)[0, 1]
        ratio = np.median(ours[theirs != 0] / theirs[theirs != 0])
        gap = np.median(abs(ours - theirs))
        print(f"{name:28s} {len(ours):3d} {r:6.3f} {ratio:19.3f} {gap:14.4g}")


def plot(rows, path):
    """Draw ours against theirs for the main keywords."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    names = ["USFLUX (Mx)", "AREA_ACR (MSH)", "R_VALUE (log10), sampled"]
    names.append("centroid distance (Mm)")
    figure, axes = plt.subplots(1, 4, figsize=(15, 3.9), constrained_layout=True)
    for axis, name in zip(axes, names, strict=True):
        pairs = [(row[1], *row[2][name]) for row in rows if None not in row[2][name]]
        angle, ours, theirs = np.array(pairs, float).T
        dots = axis.scatter(theirs, ours, c=angle, s=18, cmap="viridis", vmin=0, vmax=60)
        low, high = min(theirs.min(), ours.min()), max(theirs.max(), ours.max())
        axis.plot([low, high], [low, high], color="0.6", lw=0.8)
        axis.set(xlabel=f"SHARP {name}", ylabel="halescope")
    figure.colorbar(dots, ax=axes, label="degrees from disk centre")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main():
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--rows", action="store_true", help="print every file")
    options = parser.parse_args()
    rows = [compare(path) for path in sorted(options.folder.glob("*.magnetogram.fits"))]
    if options.rows:
        for name, angle, pairs, ours in rows:
            values = "  ".join(
                f"{k.split()[0]} {a:.4g}/{b:.4g}" for k, (a, b) in pairs.items() if a is not None
            )
            print(f"{name[14:42]} {angle:4.0f} {values}")
            keys = (
                "tilt",
                "leading",
                "hale",
                "pil_mm",
                "pil_steep_mm",
                "wlsg",
                "cores_positive",
                "cores_negative",
                "core_distance_mm",
            )
            print("     ", {k: ours[k] for k in keys})
    near = [row for row in rows if row[1] <= LARGEST_MU_ANGLE]
    print(f"{len(rows)} files, {len(near)} within {LARGEST_MU_ANGLE:.0f} degrees of disk centre")
    summarize(near)
    if options.plot:
        plot(near, options.plot)


if __name__ == "__main__":
    main()
