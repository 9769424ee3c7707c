internal import MartletBytes
internal import MartletFramework
internal import MartletServer
internal import MartletSettings

/// An app as a CGI program.
extension App {
    func answerOneRequest(_ flags: ServerFlags) async throws {
        let program = try CGIProgram.take()
        let isTaken: Bool
        do {
            try prepare()
            let server = Server(configuration: flags.configuration.forOneRequest(), logger: Self.logger(flags.log))
            isTaken = try await program.answer(by: server, with: self)
        } catch {
            program.fail()
            throw error
        }
        (isTaken ? ProgramExit.success : .failure).exit()
    }
}
