using Farback.Cli.Commands;

return await Root.RunAsync(args);
