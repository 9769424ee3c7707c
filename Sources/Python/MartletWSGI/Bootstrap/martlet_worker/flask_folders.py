"""The static folders of a Flask application and of its blueprints, where Flask's own view alone answers with their files.

The rules: a folder is told where

1. the application is a `flask.Flask`, and neither it nor its class has anything of its own on the way of such a request, nor have
   its sessions, requests, answers and rules; no middleware is around it but werkzeug's ProxyFix, which has no say in paths;
2. the view is Flask's, its rule the usual one, and no other rule of the application would be taken before it;
3. no function of the application runs before or after the view: `before_request`, `after_request`, `url_value_preprocessor`, those of
   the blueprint too, and the receivers of signals. One that only cleans up (`teardown_request`) has nothing to do where nothing was done;
4. it is served under every name: no host matching, no subdomains, no TRUSTED_HOSTS;
5. the folder is there.
"""
import os
import sys

from martlet_worker.static_folder import StaticFolder

RULE_END = "/<path:filename>"

# What a class of applications may not have of its own: each has a say in how a file is answered.
WAY = ("__call__", "wsgi_app", "request_context", "create_url_adapter", "full_dispatch_request", "preprocess_request",
       "dispatch_request", "finalize_request", "make_response", "process_response", "send_static_file", "get_send_file_max_age")
WAY_OF_SESSIONS = ("open_session", "save_session", "is_null_session", "make_null_session", "should_set_cookie")
WAY_OF_RULES = ("bind", "bind_to_environ", "iter_rules", "update")
# What an application may have made of a class of its own.
MADE = ("request_class", "response_class", "app_ctx_globals_class", "url_rule_class", "aborter_class")
# Sent on the way; those of the end have nothing to do where nothing was done.
SIGNALS = ("request_started", "request_finished", "appcontext_pushed")
WAY_OF_BLUEPRINTS = ("send_static_file", "get_send_file_max_age")


def flask_folders(application):
    """The folders, and why not others; None where it is no Flask application."""
    module = sys.modules.get("flask.app")
    if module is None:
        return None
    app = without_proxy_fix(application)
    if not isinstance(app, module.Flask):
        return None
    candidates = list(find_candidates(app, module))
    if not candidates:
        return [], []
    problem = problem_of(app, module)
    if problem:
        return [], [problem]
    reasons = [reason for _, _, reason in candidates if reason]
    candidates = [(rule, folder) for rule, folder, reason in candidates if not reason]
    paths = [folder.prefix for _, folder in candidates]
    reasons += ["two folders have the path %s" % path for path in sorted(set(paths)) if paths.count(path) > 1]
    candidates = [(rule, folder) for rule, folder in candidates if paths.count(folder.prefix) == 1]
    while True:
        others = [rule for rule in app.url_map.iter_rules() if not any(rule is own for own, _ in candidates)]
        good = [(rule, folder) for rule, folder in candidates if not has_rival(rule, folder, others)]
        if len(good) == len(candidates):
            return [folder for _, folder in good], reasons
        reasons += ["other routes lie below %s" % folder.prefix for _, folder in candidates if not any(folder is own for _, own in good)]
        candidates = good


def without_proxy_fix(application):
    """What ProxyFix is around, whose exact class it must be."""
    module = sys.modules.get("werkzeug.middleware.proxy_fix")
    return application.app if module is not None and type(application) is module.ProxyFix else application


def problem_of(app, module):
    """Why nothing of it is certain."""
    own = own_members(app, module.Flask, WAY)
    if "wsgi_app" in vars(app):
        inner = without_proxy_fix(app.wsgi_app)
        if getattr(inner, "__self__", None) is not app or getattr(inner, "__func__", None) is not module.Flask.wsgi_app:
            return "%s is around the application" % type(app.wsgi_app).__name__
        own.remove("wsgi_app")
    if own:
        return "the application has a %s of its own" % own[0]
    own = foreign_part(app, module)
    if own:
        return "its %s is not Flask's" % own
    signals = sys.modules.get("flask.signals")
    for name in SIGNALS:
        signal = getattr(signals, name, None)
        if signal is not None and any(signal.receivers_for(app)):
            return "the signal %s has receivers" % name
    if app.url_map.host_matching or getattr(app, "subdomain_matching", False):
        return "its routes depend on the host"
    # Since 3.1, which has the other setting, a name of its own refuses no other one.
    knows_hosts = "TRUSTED_HOSTS" in module.Flask.default_config
    if app.config.get("TRUSTED_HOSTS") or app.config.get("SERVER_NAME") and not knows_hosts:
        return "it answers under some hosts only"
    if app.url_map.converters.get("path") is not app.url_map.default_converters.get("path"):
        return "it has a path converter of its own"
    return function_around(app, None)


def foreign_part(app, module):
    """What the application has put in the place of a part of Flask that every request passes."""
    for name in MADE:
        if getattr(app, name, None) is not getattr(module.Flask, name, None):
            return name
    sessions = type(getattr(module.Flask, "session_interface", None))
    if type(app.session_interface) is not sessions or own_members(app.session_interface, sessions, WAY_OF_SESSIONS):
        return "session_interface"
    rules = getattr(module.Flask, "url_map_class", None) or sys.modules["werkzeug.routing"].Map
    if type(app.url_map) is not rules or own_members(app.url_map, rules, WAY_OF_RULES):
        return "url_map"
    return ""


def own_members(thing, kind, names):
    """Which of these attributes of a class something has of its own."""
    return [name for name in names
            if name in vars(thing) or getattr(type(thing), name, None) is not getattr(kind, name, None)]


def function_around(app, scope):
    """What runs before or after the views of a blueprint, or of all."""
    for kind in ("before_request", "after_request", "url_value_preprocessor"):
        functions = (getattr(app, kind + ("s" if kind == "url_value_preprocessor" else "_funcs"), None) or {}).get(scope)
        if functions:
            place = getattr(functions[0], "__module__", None) or "unknown"
            return "a function of %s is called for each of them (%s)" % (place, kind)
    return ""


def find_candidates(app, module):
    """Each rule of Flask's view for a folder that is there: the rule, the folder, and why it is not certain."""
    max_age = max_age_of(app)
    for rule in app.url_map.iter_rules():
        scope, _, name = rule.endpoint.rpartition(".")
        if name != "static":
            continue
        owner = app.blueprints.get(scope) if scope else app
        folder = getattr(owner, "static_folder", None)
        if not folder or not os.path.isdir(folder) or not rule.rule.endswith(RULE_END):
            continue
        prefix = rule.rule[:-len(RULE_END)]
        # In the path of a route a percent sign is none of an encoding.
        told = StaticFolder(prefix.replace("%", "%25"), folder, max_age or 0)
        yield rule, told, problem_of_rule(app, module, rule, prefix, scope, owner, max_age)


def problem_of_rule(app, module, rule, prefix, scope, owner, max_age):
    view = app.view_functions.get(rule.endpoint)
    if not prefix:
        return "its static folder is at the root"
    if "<" in prefix or not prefix.startswith("/"):
        return "the path %s has variables" % prefix
    if max_age is None:
        return "its SEND_FILE_MAX_AGE_DEFAULT is no time"
    if rule.defaults or rule.subdomain or rule.host or rule.redirect_to or rule.build_only or getattr(rule, "alias", False) \
            or getattr(rule, "websocket", False) or "GET" not in (rule.methods or ("GET",)):
        return "the rule of %s is not the usual one" % prefix
    if scope:
        kind = sys.modules["flask.blueprints"].Blueprint
        if own_members(owner, kind, WAY_OF_BLUEPRINTS):
            return "the blueprint %s serves them in its own way" % scope
        for outer in scopes(scope):
            around = function_around(app, outer)
            if around:
                return around
    else:
        kind = module.Flask
    if not is_own_view(view, kind, owner, module):
        return "the view of %s is not Flask's" % prefix
    return ""


def scopes(name):
    """`a.b` lies within `a`."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


def is_own_view(view, kind, owner, module):
    """Whether it is the method itself, or the function by which Flask calls it."""
    if getattr(view, "__self__", None) is owner:
        return getattr(view, "__func__", None) is kind.send_static_file
    code = getattr(view, "__code__", None)
    return code is not None and view.__globals__ is vars(module) and code.co_names[-1:] == ("send_static_file",)


def max_age_of(app):
    """In seconds: 0 where clients ask each time, as by default; None where it is something else."""
    value = app.config.get("SEND_FILE_MAX_AGE_DEFAULT")
    if value is None:
        return 0
    seconds = value.total_seconds() if hasattr(value, "total_seconds") else value
    return max(0, min(int(seconds), 31536000)) if isinstance(seconds, (int, float)) else None


def has_rival(rule, folder, others):
    """Whether a request for a file may be another route's: one with variables, or with the name of a file."""
    prefix = rule.rule[:-len(RULE_END)] + "/"
    for other in others:
        if other.rule.startswith(prefix):
            rest = other.rule[len(prefix):]
            if "<" in rest or os.path.exists(os.path.join(folder.folder, rest)):
                return True
    return False
