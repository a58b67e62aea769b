"""A stand-in for Blender's UILayout: without a window nothing else draws a panel."""

from types import SimpleNamespace

import bpy


class Layout:
    """Takes what a panel draws; a property, operator or option that does not exist is an error.

    Args:
        said: gets the texts, and the names of properties and operators, in the order drawn.
    """

    def __init__(self, said):
        self.__dict__["said"] = said

    def __setattr__(self, name, _value):
        assert name in bpy.types.UILayout.bl_rna.properties, name

    def __getattr__(self, name):
        assert name in bpy.types.UILayout.bl_rna.functions, name
        allowed = bpy.types.UILayout.bl_rna.functions[name].parameters.keys()

        def call(*arguments, **options):
            assert not set(options) - set(allowed), options
            self.said.append(str(options.get("text", "")))
            if name == "prop":
                return self._property(*arguments, **options)
            if name == "prop_search":
                return self._search(*arguments)
            if name == "operator":
                return self._operator(arguments[0])
            return Layout(self.said)

        return call

    def _property(self, data, name, text=None, **_):
        assert name in data.bl_rna.properties, name
        self.said.extend([name, text or data.bl_rna.properties[name].name])

    def _search(self, data, name, where, what):
        assert name in data.bl_rna.properties and len(getattr(where, what)), name
        self.said.append(getattr(data, name))

    def _operator(self, name):
        group, verb = name.split(".")
        assert verb in dir(getattr(bpy.ops, group)), name
        self.said.append(name)
        return SimpleNamespace()
