"""The options of config.proto: every one names what is there, defaults are filled in."""

from __future__ import annotations

from fairflip.pipeline.config import settings
from fairflip.pipeline.config.settings import (
    with_defaults,
)
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.config_fields import config_fields


def test_every_default_of_the_options_is_what_an_empty_configuration_gets():
    empty = with_defaults(
        PipelineConfig(
            data={"indicator_columns": [{}]},
            models=[{"name": "m", "path": "dir", "train": {}, "at_inference": {}}],
        )
    )
    with_default = [field for field in config_fields() if field.setting.default]
    assert len(with_default) > 25
    for field in with_default:
        owner = empty
        for name in field.path.split(".")[:-1]:
            owner = getattr(owner, name)
            owner = owner if hasattr(owner, "DESCRIPTOR") else owner[0]
        value = getattr(owner, field.descriptor.name)
        value = value[0] if field.list_path == field.path else value
        assert f"{value}".lower() == field.setting.default, field.path


def test_options_name_what_is_there():
    """A slip in an option, such as a command that does not exist, would switch a check off."""
    for field in config_fields():
        options = field.setting
        assert set(options.commands) <= set(settings.COMMANDS), field.path
        assert set(field.commands), field.path
        assert not (options.default and options.default_in_words), field.path
        assert not options.choices or options.default in ("", *options.choices), field.path
        if options.range:
            assert options.range[0] + options.range[-1] in ("[]", "[)", "(]", "()"), field.path
            low, high = map(float, options.range[1:-1].split(","))
            assert low < high, field.path
        for flag in options.flag:
            assert flag.help, field.path
            assert set(flag.commands) <= set(settings.COMMANDS), field.path
            siblings = field.descriptor.containing_type.fields_by_name
            assert not flag.import_path_field or flag.import_path_field in siblings
