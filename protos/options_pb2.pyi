from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KIND_UNSPECIFIED: _ClassVar[Kind]
    COLUMN: _ClassVar[Kind]
    IMPORT_PATH: _ClassVar[Kind]
    MODEL_NAME: _ClassVar[Kind]
    LEARNING_RATE: _ClassVar[Kind]
    FILE: _ClassVar[Kind]
    FILE_PATTERN: _ClassVar[Kind]
    TEXT_ENCODING: _ClassVar[Kind]
    GROUP: _ClassVar[Kind]
KIND_UNSPECIFIED: Kind
COLUMN: Kind
IMPORT_PATH: Kind
MODEL_NAME: Kind
LEARNING_RATE: Kind
FILE: Kind
FILE_PATTERN: Kind
TEXT_ENCODING: Kind
GROUP: Kind
SETTING_FIELD_NUMBER: _ClassVar[int]
setting: _descriptor.FieldDescriptor

class Setting(_message.Message):
    __slots__ = ("flag", "default", "default_in_words", "commands", "choices", "range", "kind", "required", "unique", "cure")
    FLAG_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_IN_WORDS_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    RANGE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    UNIQUE_FIELD_NUMBER: _ClassVar[int]
    CURE_FIELD_NUMBER: _ClassVar[int]
    flag: _containers.RepeatedCompositeFieldContainer[Flag]
    default: str
    default_in_words: str
    commands: _containers.RepeatedScalarFieldContainer[str]
    choices: _containers.RepeatedScalarFieldContainer[str]
    range: str
    kind: Kind
    required: bool
    unique: bool
    cure: str
    def __init__(self, flag: _Optional[_Iterable[_Union[Flag, _Mapping]]] = ..., default: _Optional[str] = ..., default_in_words: _Optional[str] = ..., commands: _Optional[_Iterable[str]] = ..., choices: _Optional[_Iterable[str]] = ..., range: _Optional[str] = ..., kind: _Optional[_Union[Kind, str]] = ..., required: bool = ..., unique: bool = ..., cure: _Optional[str] = ...) -> None: ...

class Flag(_message.Message):
    __slots__ = ("name", "help", "metavar", "commands", "import_path_field", "value_may_be_empty", "sets_elements", "prefix_fields", "list_field", "assignments_field", "values_field")
    class PrefixFieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    HELP_FIELD_NUMBER: _ClassVar[int]
    METAVAR_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    IMPORT_PATH_FIELD_FIELD_NUMBER: _ClassVar[int]
    VALUE_MAY_BE_EMPTY_FIELD_NUMBER: _ClassVar[int]
    SETS_ELEMENTS_FIELD_NUMBER: _ClassVar[int]
    PREFIX_FIELDS_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENTS_FIELD_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_FIELD_NUMBER: _ClassVar[int]
    name: str
    help: str
    metavar: str
    commands: _containers.RepeatedScalarFieldContainer[str]
    import_path_field: str
    value_may_be_empty: bool
    sets_elements: bool
    prefix_fields: _containers.ScalarMap[str, str]
    list_field: str
    assignments_field: str
    values_field: str
    def __init__(self, name: _Optional[str] = ..., help: _Optional[str] = ..., metavar: _Optional[str] = ..., commands: _Optional[_Iterable[str]] = ..., import_path_field: _Optional[str] = ..., value_may_be_empty: bool = ..., sets_elements: bool = ..., prefix_fields: _Optional[_Mapping[str, str]] = ..., list_field: _Optional[str] = ..., assignments_field: _Optional[str] = ..., values_field: _Optional[str] = ...) -> None: ...
