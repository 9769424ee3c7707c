import Glibc
import MartletBytes
import MartletProcesses
import MartletServer
import MartletSettings

/// Where the program begins. What it needs of the system is looked at before Swift's own threads start: where they lack a
/// descriptor, they end the process without a word.
package enum Start {
    package static func run() -> Never {
        if GroupKeeper.isThisProcess {
            GroupKeeper.run()
            ProgramExit.success.exit()
        }
        StandardOutput.watch()
        if let problem = ProcessStart.problem() {
            StandardError.write("martlet: \(problem)\n")
            ProgramExit.failure.exit()
        }
        Task.detached {
            await MartletProgram.main()
            ProgramExit.success.exit()
        }
        // This thread has the process's name in /proc: one that has ended would keep the ids of root there, and the right to be
        // signalled by root alone, when the server goes on as another user.
        while true { pause() }
    }
}
