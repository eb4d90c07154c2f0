"""The real Fairness Indicators component, taken from the installed TFMA wheel.

Nothing of it is kept in this repository. TFMA's wheel still carries the web
component that its Python half was deleted for; it works in a page and in a
notebook, but shows some wrong numbers. A bundle whose hash is known is
corrected; any other is used as it is, and the views say so.

The wheel is found without importing TFMA (and TensorFlow with it).
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from fairflip._version import installed_version

_FILE = Path("static") / "vulcanized_tfma.js"

#: The bundle in tensorflow-model-analysis 0.52.0, for which corrections are known.
KNOWN_SHA256 = "57acf2ca523efac3c7b16b19e7453434ce6e333c6f6baa48b79587d50be0eb6f"

_UNCORRECTED = (
    "The Fairness Indicators component of the installed tensorflow-model-analysis {version} is "
    "not one that corrections are known for. With two models and several thresholds its table "
    "may show values in the wrong column; trust the report's own tables."
)
_ABSENT = (
    "The Fairness Indicators component is not there: {reason}. The tables above hold the same "
    "numbers."
)


@dataclass(frozen=True)
class Correction:
    """One exact replacement in a known bundle, and the fault it removes."""

    fault: str
    old: str
    new: str


#: Applied in this order; each `old` stands in the known bundle exactly once.
CORRECTIONS = (
    Correction(
        "Two models and several thresholds: header ordered by model, cells by threshold.",
        "f=z([c,d]);for(b=f.next();!b.done;b=f.next()){b=b.value;for(var g=z(e),h=g.next();"
        '!h.done;h=g.next())(h=h.value)?a.push(b+"@"+h):a.push(b)}',
        'e.forEach(function(k){[c,d].forEach(function(l){a.push(k?l+"@"+k:l)})});var h;',
    ),
    Correction(
        "The change is compare / base - 1, but its header named the models the other way round.",
        '(f=h.value)?a.push(c+" against "+d+" @"+f):a.push(c+" against "+d)',
        '(f=h.value)?a.push(d+" against "+c+" @"+f):a.push(d+" against "+c)',
    ),
    Correction(
        "Hovering threw: the tooltip used its own data instead of the bar's.",
        '.on("mouseover",function(){f.each(function(g){Vc(Xl(g),this)})',
        '.on("mouseover",function(g){f.each(function(){Vc(Xl(g),this)})',
    ),
    Correction(
        "Upper and lower bound were swapped, so the y axis ended below the upper bounds.",
        "upperBound:t.min,lowerBound:t.max",
        "upperBound:t.max,lowerBound:t.min",
    ),
    Correction(
        "No interval is none, not one from 0 to 0.",
        "m.getMetricBounds_=function(a){var b=0,c=0;",
        "m.getMetricBounds_=function(a){var b=NaN,c=NaN;",
    ),
    Correction(
        "The tooltip left out intervals that begin at 0.",
        'a.upperBound&&a.lowerBound?Ec(Rl," ("+a.upperBound.toFixed(5)+", "+'
        'a.lowerBound.toFixed(5)+")"):""',
        'a.upperBound>=a.lowerBound?Ec(Rl," ("+a.lowerBound.toFixed(5)+", "+'
        'a.upperBound.toFixed(5)+")"):""',
    ),
    Correction(
        "Emptying the tooltip from outside broke the template that fills it the next time.",
        '.on("mouseout",function(){f.text("").style("display","none")',
        '.on("mouseout",function(){f.style("display","none")',
    ),
    Correction(
        "Arrows were never coloured: the style's name was lost in compilation.",
        "[[item.arrow_icon_css_class]]",
        "[[item.yb]]",
    ),
    Correction(
        "Flip rates are better when lower, as false positive rates are.",
        '"false_omission_rate"];function Kl(',
        '"false_omission_rate"].concat(Gl);function Kl(',
    ),
    Correction(
        "A baseline of 0 gave a change of Infinity% or NaN%.",
        "maybeExtractBoundedValue(b)-1;return{",
        "maybeExtractBoundedValue(b)-1;if(!isFinite(a))"
        'return{text:"no ratio",arrow:void 0,yb:void 0};return{',
    ),
    Correction(
        "Flip metrics come first and are selected first.",
        "var c={accuracy:1E3,",
        'var c={"flip_rate/overall":100,"flip_rate/negative_to_positive":200,'
        '"flip_rate/positive_to_negative":300,"flip_count/negative_to_positive":400,'
        '"flip_count/positive_to_negative":500,accuracy:1E3,',
    ),
    Correction(
        "Values of a slicing feature were cut at their first colon.",
        'c.push({text:d.split(":")[1],',
        "c.push({text:d.slice(g.length+1),",
    ),
)


@dataclass(frozen=True)
class FairnessBundle:
    """The component's script, ready to be put into a page.

    Attributes:
      script: JavaScript, a classic script; empty where no bundle was found.
      note: what the reader must know about it; empty for a corrected bundle.
      sha256: of the file in the wheel.
      is_corrected: whether all corrections were applied.
    """

    script: str
    note: str
    sha256: str
    is_corrected: bool

    @property
    def is_present(self) -> bool:
        """Whether there is a component to show."""
        return bool(self.script)

    @functools.cached_property
    def compressed(self) -> bytes:
        """The script as gzip, the same bytes every time."""
        return gzip.compress(self.script.encode("utf-8"), compresslevel=9, mtime=0)


@functools.cache
def installed_bundle() -> FairnessBundle:
    """The bundle of the installed TFMA, corrected if it is known."""
    spec = importlib.util.find_spec("tensorflow_model_analysis")
    if spec is None or not spec.submodule_search_locations:
        return _absent("tensorflow-model-analysis is not installed")
    path = Path(next(iter(spec.submodule_search_locations))) / _FILE
    if not path.is_file():
        return _absent(f"the installed tensorflow-model-analysis has no {_FILE.as_posix()}")
    return correct(path.read_bytes())


def correct(content: bytes) -> FairnessBundle:
    """A bundle's bytes as a script: corrected if known, else untouched with a note.

    Args:
      content: the file vulcanized_tfma.js.

    Raises:
      RuntimeError: a correction does not fit the bundle that it was made for.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    script = content.decode("utf-8")
    if sha256 != KNOWN_SHA256:
        version = installed_version("tensorflow-model-analysis") or "(unknown version)"
        return FairnessBundle(script, _UNCORRECTED.format(version=version), sha256, False)
    for correction in CORRECTIONS:
        if script.count(correction.old) != 1:
            raise RuntimeError(
                f"the correction {correction.fault!r} fits {script.count(correction.old)} places "
                "of the bundle instead of one"
            )
        script = script.replace(correction.old, correction.new)
    return FairnessBundle(script, "", sha256, True)


def _absent(reason: str) -> FairnessBundle:
    return FairnessBundle("", _ABSENT.format(reason=reason), "", False)
