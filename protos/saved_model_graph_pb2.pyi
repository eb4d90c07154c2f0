from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SavedModelGraph(_message.Message):
    __slots__ = ("meta_graphs",)
    class MetaGraph(_message.Message):
        __slots__ = ("meta_info_def", "graph_def", "saver_def", "collection_def", "signature_def", "asset_file_def", "object_graph_def")
        class CollectionDefEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: SavedModelGraph.Collection
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[SavedModelGraph.Collection, _Mapping]] = ...) -> None: ...
        class SignatureDefEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: SavedModelGraph.Signature
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[SavedModelGraph.Signature, _Mapping]] = ...) -> None: ...
        META_INFO_DEF_FIELD_NUMBER: _ClassVar[int]
        GRAPH_DEF_FIELD_NUMBER: _ClassVar[int]
        SAVER_DEF_FIELD_NUMBER: _ClassVar[int]
        COLLECTION_DEF_FIELD_NUMBER: _ClassVar[int]
        SIGNATURE_DEF_FIELD_NUMBER: _ClassVar[int]
        ASSET_FILE_DEF_FIELD_NUMBER: _ClassVar[int]
        OBJECT_GRAPH_DEF_FIELD_NUMBER: _ClassVar[int]
        meta_info_def: SavedModelGraph.MetaInfo
        graph_def: SavedModelGraph.Graph
        saver_def: SavedModelGraph.Saver
        collection_def: _containers.MessageMap[str, SavedModelGraph.Collection]
        signature_def: _containers.MessageMap[str, SavedModelGraph.Signature]
        asset_file_def: _containers.RepeatedCompositeFieldContainer[SavedModelGraph.AssetFile]
        object_graph_def: SavedModelGraph.ObjectGraph
        def __init__(self, meta_info_def: _Optional[_Union[SavedModelGraph.MetaInfo, _Mapping]] = ..., graph_def: _Optional[_Union[SavedModelGraph.Graph, _Mapping]] = ..., saver_def: _Optional[_Union[SavedModelGraph.Saver, _Mapping]] = ..., collection_def: _Optional[_Mapping[str, SavedModelGraph.Collection]] = ..., signature_def: _Optional[_Mapping[str, SavedModelGraph.Signature]] = ..., asset_file_def: _Optional[_Iterable[_Union[SavedModelGraph.AssetFile, _Mapping]]] = ..., object_graph_def: _Optional[_Union[SavedModelGraph.ObjectGraph, _Mapping]] = ...) -> None: ...
    class MetaInfo(_message.Message):
        __slots__ = ("tags",)
        TAGS_FIELD_NUMBER: _ClassVar[int]
        tags: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, tags: _Optional[_Iterable[str]] = ...) -> None: ...
    class Graph(_message.Message):
        __slots__ = ("node", "library")
        NODE_FIELD_NUMBER: _ClassVar[int]
        LIBRARY_FIELD_NUMBER: _ClassVar[int]
        node: _containers.RepeatedCompositeFieldContainer[SavedModelGraph.Node]
        library: SavedModelGraph.Library
        def __init__(self, node: _Optional[_Iterable[_Union[SavedModelGraph.Node, _Mapping]]] = ..., library: _Optional[_Union[SavedModelGraph.Library, _Mapping]] = ...) -> None: ...
    class Library(_message.Message):
        __slots__ = ("function",)
        FUNCTION_FIELD_NUMBER: _ClassVar[int]
        function: _containers.RepeatedCompositeFieldContainer[SavedModelGraph.Function]
        def __init__(self, function: _Optional[_Iterable[_Union[SavedModelGraph.Function, _Mapping]]] = ...) -> None: ...
    class Function(_message.Message):
        __slots__ = ("signature", "node_def", "attr")
        class AttrEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: SavedModelGraph.Attribute
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[SavedModelGraph.Attribute, _Mapping]] = ...) -> None: ...
        SIGNATURE_FIELD_NUMBER: _ClassVar[int]
        NODE_DEF_FIELD_NUMBER: _ClassVar[int]
        ATTR_FIELD_NUMBER: _ClassVar[int]
        signature: SavedModelGraph.FunctionSignature
        node_def: _containers.RepeatedCompositeFieldContainer[SavedModelGraph.Node]
        attr: _containers.MessageMap[str, SavedModelGraph.Attribute]
        def __init__(self, signature: _Optional[_Union[SavedModelGraph.FunctionSignature, _Mapping]] = ..., node_def: _Optional[_Iterable[_Union[SavedModelGraph.Node, _Mapping]]] = ..., attr: _Optional[_Mapping[str, SavedModelGraph.Attribute]] = ...) -> None: ...
    class FunctionSignature(_message.Message):
        __slots__ = ("name", "input_arg")
        NAME_FIELD_NUMBER: _ClassVar[int]
        INPUT_ARG_FIELD_NUMBER: _ClassVar[int]
        name: str
        input_arg: _containers.RepeatedCompositeFieldContainer[SavedModelGraph.Argument]
        def __init__(self, name: _Optional[str] = ..., input_arg: _Optional[_Iterable[_Union[SavedModelGraph.Argument, _Mapping]]] = ...) -> None: ...
    class Argument(_message.Message):
        __slots__ = ("name", "number_attr", "type_list_attr")
        NAME_FIELD_NUMBER: _ClassVar[int]
        NUMBER_ATTR_FIELD_NUMBER: _ClassVar[int]
        TYPE_LIST_ATTR_FIELD_NUMBER: _ClassVar[int]
        name: str
        number_attr: str
        type_list_attr: str
        def __init__(self, name: _Optional[str] = ..., number_attr: _Optional[str] = ..., type_list_attr: _Optional[str] = ...) -> None: ...
    class Node(_message.Message):
        __slots__ = ("name", "op", "input", "attr")
        class AttrEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: SavedModelGraph.Attribute
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[SavedModelGraph.Attribute, _Mapping]] = ...) -> None: ...
        NAME_FIELD_NUMBER: _ClassVar[int]
        OP_FIELD_NUMBER: _ClassVar[int]
        INPUT_FIELD_NUMBER: _ClassVar[int]
        ATTR_FIELD_NUMBER: _ClassVar[int]
        name: str
        op: str
        input: _containers.RepeatedScalarFieldContainer[str]
        attr: _containers.MessageMap[str, SavedModelGraph.Attribute]
        def __init__(self, name: _Optional[str] = ..., op: _Optional[str] = ..., input: _Optional[_Iterable[str]] = ..., attr: _Optional[_Mapping[str, SavedModelGraph.Attribute]] = ...) -> None: ...
    class Attribute(_message.Message):
        __slots__ = ("list", "s", "i", "f", "b", "type", "shape", "tensor", "placeholder", "func")
        LIST_FIELD_NUMBER: _ClassVar[int]
        S_FIELD_NUMBER: _ClassVar[int]
        I_FIELD_NUMBER: _ClassVar[int]
        F_FIELD_NUMBER: _ClassVar[int]
        B_FIELD_NUMBER: _ClassVar[int]
        TYPE_FIELD_NUMBER: _ClassVar[int]
        SHAPE_FIELD_NUMBER: _ClassVar[int]
        TENSOR_FIELD_NUMBER: _ClassVar[int]
        PLACEHOLDER_FIELD_NUMBER: _ClassVar[int]
        FUNC_FIELD_NUMBER: _ClassVar[int]
        list: SavedModelGraph.AttributeList
        s: bytes
        i: int
        f: float
        b: bool
        type: int
        shape: SavedModelGraph.Unread
        tensor: SavedModelGraph.Unread
        placeholder: str
        func: SavedModelGraph.FunctionName
        def __init__(self, list: _Optional[_Union[SavedModelGraph.AttributeList, _Mapping]] = ..., s: _Optional[bytes] = ..., i: _Optional[int] = ..., f: _Optional[float] = ..., b: bool = ..., type: _Optional[int] = ..., shape: _Optional[_Union[SavedModelGraph.Unread, _Mapping]] = ..., tensor: _Optional[_Union[SavedModelGraph.Unread, _Mapping]] = ..., placeholder: _Optional[str] = ..., func: _Optional[_Union[SavedModelGraph.FunctionName, _Mapping]] = ...) -> None: ...
    class AttributeList(_message.Message):
        __slots__ = ("func",)
        FUNC_FIELD_NUMBER: _ClassVar[int]
        func: _containers.RepeatedCompositeFieldContainer[SavedModelGraph.FunctionName]
        def __init__(self, func: _Optional[_Iterable[_Union[SavedModelGraph.FunctionName, _Mapping]]] = ...) -> None: ...
    class FunctionName(_message.Message):
        __slots__ = ("name", "attr")
        class AttrEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: SavedModelGraph.Attribute
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[SavedModelGraph.Attribute, _Mapping]] = ...) -> None: ...
        NAME_FIELD_NUMBER: _ClassVar[int]
        ATTR_FIELD_NUMBER: _ClassVar[int]
        name: str
        attr: _containers.MessageMap[str, SavedModelGraph.Attribute]
        def __init__(self, name: _Optional[str] = ..., attr: _Optional[_Mapping[str, SavedModelGraph.Attribute]] = ...) -> None: ...
    class Unread(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    class Signature(_message.Message):
        __slots__ = ("inputs", "outputs")
        class InputsEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: SavedModelGraph.Tensor
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[SavedModelGraph.Tensor, _Mapping]] = ...) -> None: ...
        class OutputsEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: SavedModelGraph.Tensor
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[SavedModelGraph.Tensor, _Mapping]] = ...) -> None: ...
        INPUTS_FIELD_NUMBER: _ClassVar[int]
        OUTPUTS_FIELD_NUMBER: _ClassVar[int]
        inputs: _containers.MessageMap[str, SavedModelGraph.Tensor]
        outputs: _containers.MessageMap[str, SavedModelGraph.Tensor]
        def __init__(self, inputs: _Optional[_Mapping[str, SavedModelGraph.Tensor]] = ..., outputs: _Optional[_Mapping[str, SavedModelGraph.Tensor]] = ...) -> None: ...
    class Tensor(_message.Message):
        __slots__ = ("name", "coo_sparse", "composite_tensor")
        NAME_FIELD_NUMBER: _ClassVar[int]
        COO_SPARSE_FIELD_NUMBER: _ClassVar[int]
        COMPOSITE_TENSOR_FIELD_NUMBER: _ClassVar[int]
        name: str
        coo_sparse: SavedModelGraph.SparseTensor
        composite_tensor: SavedModelGraph.CompositeTensor
        def __init__(self, name: _Optional[str] = ..., coo_sparse: _Optional[_Union[SavedModelGraph.SparseTensor, _Mapping]] = ..., composite_tensor: _Optional[_Union[SavedModelGraph.CompositeTensor, _Mapping]] = ...) -> None: ...
    class SparseTensor(_message.Message):
        __slots__ = ("values_tensor_name", "indices_tensor_name", "dense_shape_tensor_name")
        VALUES_TENSOR_NAME_FIELD_NUMBER: _ClassVar[int]
        INDICES_TENSOR_NAME_FIELD_NUMBER: _ClassVar[int]
        DENSE_SHAPE_TENSOR_NAME_FIELD_NUMBER: _ClassVar[int]
        values_tensor_name: str
        indices_tensor_name: str
        dense_shape_tensor_name: str
        def __init__(self, values_tensor_name: _Optional[str] = ..., indices_tensor_name: _Optional[str] = ..., dense_shape_tensor_name: _Optional[str] = ...) -> None: ...
    class CompositeTensor(_message.Message):
        __slots__ = ("components",)
        COMPONENTS_FIELD_NUMBER: _ClassVar[int]
        components: _containers.RepeatedCompositeFieldContainer[SavedModelGraph.Tensor]
        def __init__(self, components: _Optional[_Iterable[_Union[SavedModelGraph.Tensor, _Mapping]]] = ...) -> None: ...
    class AssetFile(_message.Message):
        __slots__ = ("tensor_info", "filename")
        TENSOR_INFO_FIELD_NUMBER: _ClassVar[int]
        FILENAME_FIELD_NUMBER: _ClassVar[int]
        tensor_info: SavedModelGraph.Tensor
        filename: str
        def __init__(self, tensor_info: _Optional[_Union[SavedModelGraph.Tensor, _Mapping]] = ..., filename: _Optional[str] = ...) -> None: ...
    class Saver(_message.Message):
        __slots__ = ("filename_tensor_name", "restore_op_name")
        FILENAME_TENSOR_NAME_FIELD_NUMBER: _ClassVar[int]
        RESTORE_OP_NAME_FIELD_NUMBER: _ClassVar[int]
        filename_tensor_name: str
        restore_op_name: str
        def __init__(self, filename_tensor_name: _Optional[str] = ..., restore_op_name: _Optional[str] = ...) -> None: ...
    class Collection(_message.Message):
        __slots__ = ("node_list", "bytes_list", "int64_list", "float_list", "any_list")
        NODE_LIST_FIELD_NUMBER: _ClassVar[int]
        BYTES_LIST_FIELD_NUMBER: _ClassVar[int]
        INT64_LIST_FIELD_NUMBER: _ClassVar[int]
        FLOAT_LIST_FIELD_NUMBER: _ClassVar[int]
        ANY_LIST_FIELD_NUMBER: _ClassVar[int]
        node_list: SavedModelGraph.NodeNames
        bytes_list: SavedModelGraph.Messages
        int64_list: SavedModelGraph.Unread
        float_list: SavedModelGraph.Unread
        any_list: SavedModelGraph.AnyMessages
        def __init__(self, node_list: _Optional[_Union[SavedModelGraph.NodeNames, _Mapping]] = ..., bytes_list: _Optional[_Union[SavedModelGraph.Messages, _Mapping]] = ..., int64_list: _Optional[_Union[SavedModelGraph.Unread, _Mapping]] = ..., float_list: _Optional[_Union[SavedModelGraph.Unread, _Mapping]] = ..., any_list: _Optional[_Union[SavedModelGraph.AnyMessages, _Mapping]] = ...) -> None: ...
    class NodeNames(_message.Message):
        __slots__ = ("value",)
        VALUE_FIELD_NUMBER: _ClassVar[int]
        value: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, value: _Optional[_Iterable[str]] = ...) -> None: ...
    class Messages(_message.Message):
        __slots__ = ("value",)
        VALUE_FIELD_NUMBER: _ClassVar[int]
        value: _containers.RepeatedScalarFieldContainer[bytes]
        def __init__(self, value: _Optional[_Iterable[bytes]] = ...) -> None: ...
    class AnyMessages(_message.Message):
        __slots__ = ("value",)
        VALUE_FIELD_NUMBER: _ClassVar[int]
        value: _containers.RepeatedCompositeFieldContainer[SavedModelGraph.AnyMessage]
        def __init__(self, value: _Optional[_Iterable[_Union[SavedModelGraph.AnyMessage, _Mapping]]] = ...) -> None: ...
    class AnyMessage(_message.Message):
        __slots__ = ("value",)
        VALUE_FIELD_NUMBER: _ClassVar[int]
        value: bytes
        def __init__(self, value: _Optional[bytes] = ...) -> None: ...
    class Variable(_message.Message):
        __slots__ = ("variable_name", "initializer_name", "snapshot_name", "initial_value_name")
        VARIABLE_NAME_FIELD_NUMBER: _ClassVar[int]
        INITIALIZER_NAME_FIELD_NUMBER: _ClassVar[int]
        SNAPSHOT_NAME_FIELD_NUMBER: _ClassVar[int]
        INITIAL_VALUE_NAME_FIELD_NUMBER: _ClassVar[int]
        variable_name: str
        initializer_name: str
        snapshot_name: str
        initial_value_name: str
        def __init__(self, variable_name: _Optional[str] = ..., initializer_name: _Optional[str] = ..., snapshot_name: _Optional[str] = ..., initial_value_name: _Optional[str] = ...) -> None: ...
    class ObjectGraph(_message.Message):
        __slots__ = ("nodes", "concrete_functions")
        class ConcreteFunctionsEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: SavedModelGraph.ConcreteFunction
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[SavedModelGraph.ConcreteFunction, _Mapping]] = ...) -> None: ...
        NODES_FIELD_NUMBER: _ClassVar[int]
        CONCRETE_FUNCTIONS_FIELD_NUMBER: _ClassVar[int]
        nodes: _containers.RepeatedCompositeFieldContainer[SavedModelGraph.Object]
        concrete_functions: _containers.MessageMap[str, SavedModelGraph.ConcreteFunction]
        def __init__(self, nodes: _Optional[_Iterable[_Union[SavedModelGraph.Object, _Mapping]]] = ..., concrete_functions: _Optional[_Mapping[str, SavedModelGraph.ConcreteFunction]] = ...) -> None: ...
    class Object(_message.Message):
        __slots__ = ("children", "user_object", "asset", "function", "variable", "bare_concrete_function", "constant", "resource", "captured_tensor", "saveable_objects", "registered_name", "dependencies")
        class SaveableObjectsEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: SavedModelGraph.Saveable
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[SavedModelGraph.Saveable, _Mapping]] = ...) -> None: ...
        CHILDREN_FIELD_NUMBER: _ClassVar[int]
        USER_OBJECT_FIELD_NUMBER: _ClassVar[int]
        ASSET_FIELD_NUMBER: _ClassVar[int]
        FUNCTION_FIELD_NUMBER: _ClassVar[int]
        VARIABLE_FIELD_NUMBER: _ClassVar[int]
        BARE_CONCRETE_FUNCTION_FIELD_NUMBER: _ClassVar[int]
        CONSTANT_FIELD_NUMBER: _ClassVar[int]
        RESOURCE_FIELD_NUMBER: _ClassVar[int]
        CAPTURED_TENSOR_FIELD_NUMBER: _ClassVar[int]
        SAVEABLE_OBJECTS_FIELD_NUMBER: _ClassVar[int]
        REGISTERED_NAME_FIELD_NUMBER: _ClassVar[int]
        DEPENDENCIES_FIELD_NUMBER: _ClassVar[int]
        children: _containers.RepeatedCompositeFieldContainer[SavedModelGraph.Child]
        user_object: SavedModelGraph.Unread
        asset: SavedModelGraph.Asset
        function: SavedModelGraph.PolymorphicFunction
        variable: SavedModelGraph.Unread
        bare_concrete_function: SavedModelGraph.BareFunction
        constant: SavedModelGraph.Unread
        resource: SavedModelGraph.Unread
        captured_tensor: SavedModelGraph.Unread
        saveable_objects: _containers.MessageMap[str, SavedModelGraph.Saveable]
        registered_name: str
        dependencies: _containers.RepeatedCompositeFieldContainer[SavedModelGraph.Child]
        def __init__(self, children: _Optional[_Iterable[_Union[SavedModelGraph.Child, _Mapping]]] = ..., user_object: _Optional[_Union[SavedModelGraph.Unread, _Mapping]] = ..., asset: _Optional[_Union[SavedModelGraph.Asset, _Mapping]] = ..., function: _Optional[_Union[SavedModelGraph.PolymorphicFunction, _Mapping]] = ..., variable: _Optional[_Union[SavedModelGraph.Unread, _Mapping]] = ..., bare_concrete_function: _Optional[_Union[SavedModelGraph.BareFunction, _Mapping]] = ..., constant: _Optional[_Union[SavedModelGraph.Unread, _Mapping]] = ..., resource: _Optional[_Union[SavedModelGraph.Unread, _Mapping]] = ..., captured_tensor: _Optional[_Union[SavedModelGraph.Unread, _Mapping]] = ..., saveable_objects: _Optional[_Mapping[str, SavedModelGraph.Saveable]] = ..., registered_name: _Optional[str] = ..., dependencies: _Optional[_Iterable[_Union[SavedModelGraph.Child, _Mapping]]] = ...) -> None: ...
    class Child(_message.Message):
        __slots__ = ("node_id", "local_name")
        NODE_ID_FIELD_NUMBER: _ClassVar[int]
        LOCAL_NAME_FIELD_NUMBER: _ClassVar[int]
        node_id: int
        local_name: str
        def __init__(self, node_id: _Optional[int] = ..., local_name: _Optional[str] = ...) -> None: ...
    class Asset(_message.Message):
        __slots__ = ("asset_file_def_index",)
        ASSET_FILE_DEF_INDEX_FIELD_NUMBER: _ClassVar[int]
        asset_file_def_index: int
        def __init__(self, asset_file_def_index: _Optional[int] = ...) -> None: ...
    class PolymorphicFunction(_message.Message):
        __slots__ = ("concrete_functions",)
        CONCRETE_FUNCTIONS_FIELD_NUMBER: _ClassVar[int]
        concrete_functions: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, concrete_functions: _Optional[_Iterable[str]] = ...) -> None: ...
    class BareFunction(_message.Message):
        __slots__ = ("concrete_function_name",)
        CONCRETE_FUNCTION_NAME_FIELD_NUMBER: _ClassVar[int]
        concrete_function_name: str
        def __init__(self, concrete_function_name: _Optional[str] = ...) -> None: ...
    class Saveable(_message.Message):
        __slots__ = ("save_function", "restore_function")
        SAVE_FUNCTION_FIELD_NUMBER: _ClassVar[int]
        RESTORE_FUNCTION_FIELD_NUMBER: _ClassVar[int]
        save_function: int
        restore_function: int
        def __init__(self, save_function: _Optional[int] = ..., restore_function: _Optional[int] = ...) -> None: ...
    class ConcreteFunction(_message.Message):
        __slots__ = ("bound_inputs",)
        BOUND_INPUTS_FIELD_NUMBER: _ClassVar[int]
        bound_inputs: _containers.RepeatedScalarFieldContainer[int]
        def __init__(self, bound_inputs: _Optional[_Iterable[int]] = ...) -> None: ...
    META_GRAPHS_FIELD_NUMBER: _ClassVar[int]
    meta_graphs: _containers.RepeatedCompositeFieldContainer[SavedModelGraph.MetaGraph]
    def __init__(self, meta_graphs: _Optional[_Iterable[_Union[SavedModelGraph.MetaGraph, _Mapping]]] = ...) -> None: ...
