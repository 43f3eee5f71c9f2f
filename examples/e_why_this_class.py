"""
Why this class
==============

The explanation says in words and pictures what a class rests on: each polarity's flux, the
inversion line, and how the class changes when a part of the region is hidden.
"""

# %%

import matplotlib.pyplot as plt

import halescope
from halescope.classification.classify import load_classifier
from halescope.detection.detect import load_detector
from halescope.explain import explain
from halescope.synthetic import draw

drawing = draw(11, size=1024, regions=["beta-gamma-delta"], plage=0)
detector, classifier = load_detector(), load_classifier()
result = halescope.analyze(drawing.magnetogram, detector=detector, classifier=classifier)
why = explain(result, detector, classifier)
for reason in why.reasons[:1]:
    print(*reason.words, sep="\n")

# %%
# The same as a page, which ``halescope analyze --explain`` writes as ``explain.png``.

page = why.picture
figure, axes = plt.subplots(figsize=(9, 9 * page.height / page.width), layout="constrained")
axes.imshow(page.convert("RGB"))
axes.set_axis_off()
plt.show()
