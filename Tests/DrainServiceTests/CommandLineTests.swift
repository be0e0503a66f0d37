import ArgumentParser
import DrainService
import Testing

@testable import draind

@Suite("The command line of draind")
struct CommandLineTests {
    @Test("has a flag for every setting, and hands on what it is given", arguments: SettingDefinition.all.map(\.name))
    func everySetting(name: String) throws {
        let definition = try #require(SettingDefinition.all.first { $0.name == name })
        let isSwitch = definition.placeholder == nil
        let command = try Draind.parse(isSwitch ? ["--\(name)"] : ["--\(name)", "a", "--\(name)", "b"])
        #expect(command.flags.map(\.name) == Array(repeating: name, count: isSwitch ? 1 : 2))
        #expect(command.flags.map(\.value) == (isSwitch ? ["on"] : ["a", "b"]))
    }
}
