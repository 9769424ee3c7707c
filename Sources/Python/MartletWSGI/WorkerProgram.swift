/// What Python runs in a worker: the package `martlet_worker`, imported out of memory.
enum WorkerProgram {
    /// The modules of the package, from the resources of this target.
    static let modules: KeyValuePairs<String, [UInt8]> = [
        "martlet_worker": PackageResources.__init___py,
        "martlet_worker.__main__": PackageResources.__main___py,
        "martlet_worker.advice": PackageResources.advice_py,
        "martlet_worker.application": PackageResources.application_py,
        "martlet_worker.commands": PackageResources.commands_py,
        "martlet_worker.control": PackageResources.control_py,
        "martlet_worker.control_table": PackageResources.control_table_py,
        "martlet_worker.django_folders": PackageResources.django_folders_py,
        "martlet_worker.ending": PackageResources.ending_py,
        "martlet_worker.error_log": PackageResources.error_log_py,
        "martlet_worker.explanation": PackageResources.explanation_py,
        "martlet_worker.file_wrapper": PackageResources.file_wrapper_py,
        "martlet_worker.flask_folders": PackageResources.flask_folders_py,
        "martlet_worker.preload": PackageResources.preload_py,
        "martlet_worker.serving": PackageResources.serving_py,
        "martlet_worker.settings": PackageResources.settings_py,
        "martlet_worker.source_watch": PackageResources.source_watch_py,
        "martlet_worker.stacks": PackageResources.stacks_py,
        "martlet_worker.start_watch": PackageResources.start_watch_py,
        "martlet_worker.static_folder": PackageResources.static_folder_py,
        "martlet_worker.static_folders": PackageResources.static_folders_py,
        "martlet_worker.terminal": PackageResources.terminal_py,
        "martlet_worker.threads": PackageResources.threads_py,
        "martlet_worker.upgrade_socket": PackageResources.upgrade_socket_py,
        "martlet_worker.whole_lines": PackageResources.whole_lines_py,
        "martlet_worker.worker_signals": PackageResources.worker_signals_py,
        "martlet_worker.wsgi_callable": PackageResources.wsgi_callable_py,
    ]

    /// The program: the importer, then the modules that it imports, and what begins.
    static var text: [UInt8] {
        var text = PackageResources.memory_importer_py
        text += "\n\nMemoryImporter({\n".utf8
        for (name, source) in modules {
            text += "\(literal(of: Array(name.utf8))): \(literal(of: source)),\n".utf8
        }
        text += "}).import_entry().main()\n".utf8
        return text
    }

    /// What `python -c` is told. The program comes from a descriptor, so that `ps` shows a line that can be read, and has a namespace of
    /// its own: `__main__` is the application's.
    static func start(from descriptor: CInt) -> String {
        "import os; exec(compile(os.pread(\(descriptor), 1 << 20, 0), '<martlet>', 'exec'), {'__name__': 'martlet'})"
    }

    /// A string literal of Python, of UTF-8.
    private static func literal(of text: [UInt8]) -> String {
        var literal = "'"
        for character in String(decoding: text, as: UTF8.self).unicodeScalars {
            switch character {
            case "\n": literal += "\\n"
            case "\\", "'": literal += "\\" + String(character)
            default: literal.unicodeScalars.append(character)
            }
        }
        return literal + "'"
    }
}
