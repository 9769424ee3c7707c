"""Finding and importing the application."""
import ast
import importlib
import importlib.util
import os
import sys

from martlet_worker.advice import Advice, did_you_mean, install_command, tool_note, with_article
from martlet_worker.wsgi_callable import check_application


def load_application(name, directory):
    target, _, attribute = name.partition(":")
    if target.endswith(".py") or os.sep in target:
        module, where = import_file(os.path.join(directory, target)), os.path.basename(target)
    else:
        sys.path.insert(0, directory)
        module, where = import_module(target, directory), target
    if attribute.endswith(")"):
        return call_factory(module, attribute, where, target)
    if attribute:
        return find_attribute(module, attribute, where, target)
    for attribute in ("application", "app"):
        if hasattr(module, attribute):
            return check_application(getattr(module, attribute), attribute, where, target)
    found = [key for key, value in vars(module).items() if is_application(value)]
    found += ["%s()" % key for key in ("create_app", "make_app", "create_application") if callable(getattr(module, key, None))]
    hint = " Did you mean %s:%s?" % (name, found[0]) if found else ""
    raise Advice("%s has neither an 'application' nor an 'app'; name the callable: %s:NAME.%s" % (where, name, hint))


def import_file(path):
    if not os.path.exists(path):
        folder, wanted = os.path.split(path)
        raise Advice("There is no file %s.%s" % (path, did_you_mean(wanted, os.listdir(folder) if os.path.isdir(folder) else [])))
    if sys.path[:1] != [os.path.dirname(path)]:
        sys.path.insert(0, os.path.dirname(path))
    name = os.path.splitext(os.path.basename(path))[0]
    if name in sys.modules:
        name += "_py"  # Python's own module of that name is in use
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def import_module(name, directory):
    file = os.path.join(directory, name + ".py")
    if name in sys.modules and os.path.isfile(file):
        # What Python has imported under that name is its own module.
        return import_file(file)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing == name or name.startswith(missing + "."):
            names = [entry[:-3] if entry.endswith(".py") else entry for entry in os.listdir(directory)
                     if entry.endswith(".py") or os.path.isdir(os.path.join(directory, entry))]
            raise Advice("There is no module '%s' in %s or among the installed packages; start Martlet in the folder of the "
                         "application or name the folder with {directory}.%s" % (missing, directory, did_you_mean(missing, names))) from error
        raise Advice("The application imports '%s', which this Python (%s) does not have; install it there, for instance with "
                     "'%s', or choose another Python with {python}.%s"
                     % (missing, sys.executable, install_command(missing), tool_note())) from error


def find_attribute(module, path, where, target):
    return check_application(attribute_of(module, path, where), path, where, target)


def attribute_of(module, path, where):
    value = module
    for part in path.split("."):
        try:
            value = getattr(value, part)
        except AttributeError as error:
            raise Advice("%s has no '%s'.%s" % (where, path, did_you_mean(part, dir(value)))) from error
    return value


def call_factory(module, text, where, target):
    try:
        call = ast.parse(text, mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise ValueError
        arguments = [ast.literal_eval(argument) for argument in call.args]
        keywords = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    except (SyntaxError, ValueError):
        raise Advice("A factory is written as NAME() with literal arguments, such as 'create_app()' or 'create_app(\"test\")'; "
                     "'%s' is not." % text) from None
    factory = attribute_of(module, call.func.id, where)
    if not callable(factory):
        raise Advice("'%s' in %s is %s and cannot be called; write %s:%s."
                     % (call.func.id, where, with_article(type(factory).__name__), target, call.func.id))
    return check_application(factory(*arguments, **keywords), text, where, target)


def is_application(value):
    return callable(value) and type(value).__module__.split(".")[0] in ("flask", "django", "bottle", "falcon", "pyramid")
