using System.CommandLine;

namespace Farback.Cli.Commands;

/// <summary>farback completion: a script that lets a shell complete verbs and options.</summary>
/// <remarks>The scripts ask farback itself: <c>farback "[suggest:N]" "line"</c> prints what may come at column N.</remarks>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            # farback completion bash >> ~/.bashrc
            _farback() {
                local words
                words="$(farback "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)"
                mapfile -t COMPREPLY < <(compgen -W "${words}" -- "${COMP_WORDS[COMP_CWORD]}")
            }
            complete -o bashdefault -o default -F _farback farback # where farback suggests nothing: files
            """,
        ["zsh"] = """
            # farback completion zsh >> ~/.zshrc
            _farback() {
                local words
                words=("${(@f)$(farback "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
                compadd -- "${words[@]}"
            }
            compdef _farback farback
            """,
        ["fish"] = """
            # farback completion fish > ~/.config/fish/completions/farback.fish
            complete -f -c farback -a '(farback "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
            """,
        ["pwsh"] = """
            # farback completion pwsh >> $PROFILE
            Register-ArgumentCompleter -Native -CommandName farback -ScriptBlock {
                param($word, $line, $column)
                farback "[suggest:$column]" "$line" | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    public static Command Make()
    {
        Argument<string> shell = new("shell") { Description = "bash, zsh, fish or pwsh." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "completion",
            "Prints a script that completes farback's verbs and options in your shell.\n\nExample: farback completion bash >> ~/.bashrc"
        )
        {
            shell,
            json,
        };
        command.SetAction(parsed =>
        {
            string script = Scripts[parsed.GetRequiredValue(shell)];
            Console.WriteLine(
                parsed.GetValue(json)
                    ? System.Text.Json.JsonSerializer.Serialize(new { shell = parsed.GetValue(shell), script }, JsonText.Options)
                    : script
            );
            return 0;
        });
        return command;
    }
}
